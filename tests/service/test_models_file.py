"""The `models.toml` of the user and of a team: where it counts, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from postil.core.models.overrides import known, use_known
from postil.service.config.client import ClientConfig
from postil.service.config.models_file import read_models
from postil.service.config.reload import read_config


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def told(tmp_path: Path, text: str | bytes) -> list[str]:
    write(tmp_path / "models.toml", text)
    _, problems, _ = read_models(tmp_path, None)
    return [str(problem).removeprefix(str(tmp_path / "models.toml")) for problem in problems]


def test_without_files_nothing_is_parsed(tmp_path: Path) -> None:
    assert read_models(tmp_path, tmp_path) == (None, (), ())


def test_the_teams_file_adds_to_the_users(tmp_path: Path) -> None:
    user, team = tmp_path / "user", tmp_path / "work"
    write(user / "models.toml", '[models."a:1b"]\nprefill = "none"\n[models."b:1b"]\nprefill = "none"\n')
    write(team / ".postil/models.toml", '[models."b:1b"]\nchat = false\n')
    write(team / "models.toml", "this is the file of some other program")
    found, problems, sources = read_models(user, team)
    assert found is not None and problems == ()
    assert sources == (str(user / "models.toml"), str(team / ".postil/models.toml"))
    a, b = found.override("a:1b"), found.override("b:1b")
    assert a is not None and b is not None
    assert (a.prefill, a.source) == ("none", str(user / "models.toml"))
    # The nearer file's row takes the place of the other.
    assert (b.chat, b.prefill, b.source) == (False, None, str(team / ".postil/models.toml"))
    alone, _, _ = read_models(user, None)
    assert alone is not None and alone.override("b:1b") != b


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('\n[models."llama3.1:8b"]\nchat = true\nprefill = "maybe"', ":4: models.llama3.1:8b.prefill: invalid enum"),
        ('[models."a"]\nthink = "none"', ":2: models.a.think: there is no such key"),
        (
            '[[families]]\nname = "a"\nnames = ["a"]\n\n[[families]]\nname = "b"\nnames = ["B"]',
            ":7: families.1.names: expected",
        ),
        ('[[families]]\nname = "a"\nnames = ["a"]\n\n[[families]]\nname = "b"\n', ":5: families.1: b: give names"),
        ("[models\n", ":1: not valid TOML"),
        (b"\xff\xfe", ": it is not UTF-8"),
        (b"#" * 1_000_001, ": it is over 1 MB"),
    ],
)
def test_a_problem_has_its_place(tmp_path: Path, text: str | bytes, wanted: str) -> None:
    (problem,) = told(tmp_path, text)
    assert problem.startswith(wanted)


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "models.toml").mkdir()
    assert read_models(tmp_path, None) == (None, (), ())


@pytest.mark.parametrize("trusted", [True, False])
def test_an_untrusted_workspace_says_nothing_of_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    monkeypatch.setattr("postil.service.config.reload.user_file", lambda: tmp_path / "user/postil.toml")
    write(tmp_path / "work/.postil/models.toml", '[models."a"]\nchat = false\nwrong = 1')
    client = ClientConfig((tmp_path / "work",), {"trust_workspace": trusted})
    loaded = read_config(client, {})
    assert (loaded.configs[0].models is not None) is trusted
    assert bool(loaded.problems) is trusted


def test_what_the_process_knows_is_put_back() -> None:
    before = known()
    use_known(None)
    assert known() == before
