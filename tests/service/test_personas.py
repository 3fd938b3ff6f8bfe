"""Where personas come from: the later place wins, and no file ends anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from postil.core.persona.persona import Persona
from postil.service.config.workspace import reads
from postil.service.personas.load import (
    MAX_BYTES,
    PersonaPlace,
    load_personas,
    name_of,
    persona_places,
    shipped_folder,
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def places(tmp_path: Path) -> tuple[PersonaPlace, ...]:
    user, work = tmp_path / "user", tmp_path / "work"
    return (
        PersonaPlace("shipped", shipped_folder()),
        PersonaPlace("user", user),
        PersonaPlace("workspace", work / "Modelfiles"),
        PersonaPlace("workspace", work / ".postil/personas"),
    )


def test_a_later_place_wins_by_name(tmp_path: Path) -> None:
    where = places(tmp_path)
    seen = []
    for place in where[1:]:
        write(place.folder / "reviewer.Modelfile", f"FROM m\nSYSTEM from {place.folder.name}\n")
        found = load_personas(where)
        seen.append((found.personas["reviewer"].system, found.files["reviewer"].origin))
        assert found.problems == ()
    assert seen == [("from user", "user"), ("from Modelfiles", "workspace"), ("from personas", "workspace")]


def test_a_workspace_counts_only_when_it_is_trusted(tmp_path: Path) -> None:
    trusted = [place.folder for place in persona_places(tmp_path)]
    assert [folder.relative_to(tmp_path).as_posix() for folder in trusted[2:]] == ["Modelfiles", ".postil/personas"]
    assert [place.origin for place in persona_places(tmp_path, trusted=False)] == ["shipped", "user"]


def test_a_broken_file_keeps_what_it_gave_last_and_says_what_is_wrong(tmp_path: Path) -> None:
    where = places(tmp_path)
    file = write(where[2].folder / "reviewer.Modelfile", "FROM m\nSYSTEM good\n")
    first = load_personas(where)
    write(file, "FROM m\nPARAMETER temperature warm\n")
    second = load_personas(where, first)
    assert second.personas == first.personas
    assert [(problem.source, problem.problem.line) for problem in second.problems] == [(str(file), 1)]
    assert load_personas(where, second).personas == first.personas
    assert load_personas(where).personas["reviewer"].system != "good", "without a past the place before counts"
    file.unlink()
    assert load_personas(where, second).files["reviewer"].origin == "shipped"


def test_the_workspace_may_be_postils_own_checkout() -> None:
    found = load_personas((*persona_places(None), PersonaPlace("workspace", shipped_folder())))
    assert found.files["reviewer"].origin == "shipped"
    assert found.problems == ()


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"#" * (MAX_BYTES + 1), b""],
    ids=["no text", "too large", "empty"],
)
def test_bytes_that_are_no_persona_are_a_problem(tmp_path: Path, data: bytes) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "odd.Modelfile").write_bytes(data)
    write(folder / "good.Modelfile", "FROM m\n")
    found = load_personas([PersonaPlace("user", folder)])
    assert list(found.personas) == ["good"]
    assert [Path(problem.source).name for problem in found.problems]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with a name there")
def test_what_is_no_file_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.Modelfile")
    (tmp_path / "folder.Modelfile").mkdir()
    (tmp_path / "loop.Modelfile").symlink_to("loop.Modelfile")
    found = load_personas([PersonaPlace("user", tmp_path), PersonaPlace("user", tmp_path / "pipe.Modelfile")])
    assert not found.personas
    assert len(found.problems) == 3


@pytest.mark.parametrize(
    ("name", "persona"),
    [
        ("team.Modelfile", "team"),
        ("TEAM.MODELFILE", "TEAM"),
        ("审查.Modelfile", "审查"),
        ("Modelfile", None),
        ("team.Modelfile~", None),
        (".team.Modelfile.swp", None),
        ("team.txt", None),
    ],
)
def test_names(name: str, persona: str | None) -> None:
    assert name_of(Path(name)) == persona


@pytest.mark.parametrize(
    ("include", "exclude", "path", "read"),
    [
        ((), (), "/work/src/a.py", True),
        (("src/",), (), "/work/src/a.py", True),
        (("src/",), (), "/work/tests/a.py", False),
        ((), ("tests/", "*_test.go"), "/work/tests/a.py", False),
        ((), ("tests/", "*_test.go"), "/work/pkg/a_test.go", False),
        ((), ("/tests/",), "/work/src/tests/a.py", True),
        (("*.py",), ("a.py",), "/work/src/a.py", False),
        (("*.py",), (), "/elsewhere/a.py", True),
        (("*.py",), (), "untitled:Untitled-1", False),
        (("*.py", "!gen.py"), (), "/work/gen.py", False),
    ],
)
def test_globs(include: tuple[str, ...], exclude: tuple[str, ...], path: str, read: bool) -> None:
    persona = Persona("p", "review", "m", include=include, exclude=exclude)
    assert reads(persona, path, Path("/work")) is read
