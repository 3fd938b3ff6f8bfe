"""Several folders in one window: which one a file belongs to, and what each says of its own documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postil.service.config.client import ClientConfig, changed, innermost
from postil.service.config.reload import read_config
from postil.service.config.workspace import FolderConfig, WorkspaceConfig, review_changes
from postil.service.personas.load import PersonaSet, load_personas
from postil.settings import ReviewSettings, Settings

A, B, INNER = Path("/w/a"), Path("/w/b"), Path("/w/a/inner")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/w/a/x.py", A),
        ("/w/a/inner/x.py", INNER),
        ("/w/a/innermost/x.py", A),
        ("/w/ab/x.py", None),
        ("/w/b/deep/er/x.py", B),
        ("/w/x.py", None),
        ("untitled:Untitled-1", None),
    ],
)
def test_a_file_belongs_to_its_innermost_folder(path: str, folder: Path | None) -> None:
    assert innermost((A, B, INNER), path) == folder
    assert innermost((INNER, B, A), path) == folder


def test_folders_come_behind_those_that_stay() -> None:
    assert changed((A, B), [INNER, B], [A]) == (B, INNER)
    assert changed((), [A, A], []) == (A,)
    assert changed((A,), [], [A]) == ()


def cast(folder: Path | None, *personas: str) -> FolderConfig:
    return FolderConfig(Settings(review=ReviewSettings(personas=personas)), PersonaSet({}), folder)


def test_what_is_in_no_folder_is_read_as_in_the_first() -> None:
    configs = WorkspaceConfig((cast(B, "two"), cast(A, "one"), cast(INNER, "three")))
    assert configs.of("/w/a/x.py").workspace == A
    assert configs.of("/w/a/inner/x.py").workspace == INNER
    assert configs.of("/elsewhere/x.py").workspace == B
    assert configs.of("untitled:Untitled-1").workspace == B
    assert configs.enabled() == ("two", "one", "three")
    assert WorkspaceConfig((cast(None),)).of("/w/a/x.py").workspace is None


def test_another_folder_means_other_readers() -> None:
    shipped = load_personas()
    ours = FolderConfig(Settings(review=ReviewSettings(personas=("reviewer",))), shipped, A)
    theirs = FolderConfig(Settings(review=ReviewSettings(personas=("security",))), shipped, B)
    changes = review_changes(ours, theirs, frozenset({"reviewer"}))
    assert (changes.again, changes.gone) == ({"security"}, {"reviewer"})
    same = review_changes(ours, FolderConfig(ours.settings, shipped, B), frozenset({"reviewer"}))
    assert (same.again, same.gone) == (set(), set())


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def given(tmp_path: Path, **more: Any) -> ClientConfig:
    return ClientConfig((tmp_path / "a", tmp_path / "b"), **more)


def test_each_folder_has_its_review_and_the_first_one_the_engine(tmp_path: Path) -> None:
    write(tmp_path / "a" / "postil.toml", 'engine = "embedded"\nnum_ctx = 4096\n[review]\nmin_score = 0.1\n')
    write(tmp_path / "b" / "postil.toml", 'engine = "ollama"\nnum_ctx = 8192\n[completion]\nenabled = false\n')
    loaded = read_config(given(tmp_path), {})
    first, second = (one.settings for one in loaded.configs)
    assert (first.engine, first.num_ctx, first.review.min_score, first.completion.enabled) == (
        "embedded",
        4096,
        0.1,
        True,
    )
    assert (second.engine, second.num_ctx, second.completion.enabled) == ("embedded", 4096, False)
    assert second.review == Settings().review
    # What doesn't count is said, with the place where it would.
    assert [(problem.key, problem.line) for problem in loaded.problems] == [("engine", 0), ("num_ctx", 1)]
    assert all(str(tmp_path / "a" / "postil.toml") in problem.message for problem in loaded.problems)


def test_a_folder_that_the_client_says_something_else_of(tmp_path: Path) -> None:
    write(tmp_path / "b" / "postil.toml", "[review]\nmin_score = 0.1\nmax_units = 7\n")
    of_folder = {tmp_path / "b": {"review": {"minScore": 0.9}, "engine": "ollama", "jobs": 7}}
    loaded = read_config(given(tmp_path, section={"engine": "embedded"}, of_folder=of_folder), {})
    second = loaded.configs[1].settings
    assert (second.review.min_score, second.review.max_units, second.engine, second.jobs) == (0.9, 7, "embedded", 1)
    assert loaded.problems == ()


PERSONA = '#: role: review\nFROM qwen2.5-coder:1.5b\nSYSTEM """Be {}."""\n'


def test_the_personas_of_a_folder_are_its_own(tmp_path: Path) -> None:
    write(tmp_path / "a" / "Modelfiles" / "team.Modelfile", PERSONA.format("kind"))
    write(tmp_path / "b" / "Modelfiles" / "team.Modelfile", PERSONA.format("strict"))
    write(tmp_path / "b" / ".postil" / "personas" / "only.Modelfile", PERSONA.format("brief"))
    write(tmp_path / "b" / "Modelfiles" / "broken.Modelfile", "FRM x\n")
    loaded = read_config(given(tmp_path), {})
    first, second = (one.personas.personas for one in loaded.configs)
    assert ("kind" in first["team"].system, "strict" in second["team"].system) == (True, True)
    assert "only" not in first and "only" in second
    assert {Path(problem.source).name for problem in loaded.broken} == {"broken.Modelfile"}
    # One that breaks goes on as it was, in its folder.
    write(tmp_path / "b" / "Modelfiles" / "team.Modelfile", "FRM x\n")
    again = read_config(given(tmp_path), {one.workspace: one.personas for one in loaded.configs})
    assert "strict" in again.configs[1].personas.personas["team"].system


def test_a_folder_in_a_workspace_that_is_not_trusted_says_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name / "postil.toml", "[review]\nmin_score = 0.1\n")
        write(tmp_path / name / "Modelfiles" / "team.Modelfile", PERSONA.format("kind"))
    # Trust is one for the window: a folder's own section doesn't decide it.
    of_folder = {tmp_path / "b": {"trustWorkspace": True}}
    loaded = read_config(given(tmp_path, section={"trustWorkspace": False}, of_folder=of_folder), {})
    assert [one.settings.review.min_score for one in loaded.configs] == [None, None]
    assert ["team" in one.personas.personas for one in loaded.configs] == [False, False]
    assert [one.settings.trust_workspace for one in loaded.configs] == [False, False]
