"""`postil calibrate` in the terminal: what it refuses, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.service.test_calibrating import Repository, function
from typer.testing import CliRunner

from postil.cli.app import app


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["calibrate", *arguments])
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the user's own settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def test_outside_a_repository_it_says_what_it_needs() -> None:
    code, text = run()
    assert code == 2 and "is not in a git repository" in text


def test_a_persona_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit("Begin", one=function("one"))
    monkeypatch.chdir(repository.root)
    code, text = run("--persona", "securty")
    assert code in (2, 3) and "securty" in text


def test_a_flag_that_is_no_setting_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit("Begin", one=function("one"))
    monkeypatch.chdir(repository.root)
    # A byte of an argument that is no UTF-8.
    code, text = run("qwen\udcff")
    assert code == 2 and "model.review: should be a string" in text


def test_what_is_wrong_with_a_persona_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit("Begin", one=function("one"))
    folder = repository.root / "Modelfiles"
    folder.mkdir()
    (folder / "mine.Modelfile").write_text("FRM qwen2.5-coder:1.5b\n", encoding="utf-8")
    monkeypatch.chdir(repository.root)
    _, text = run("--persona", "securty")
    assert "mine.Modelfile:1" in text and "FRM" in text


def test_an_engine_that_is_away_is_told_with_its_own_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit("Begin", one=function("one"))
    (repository.root / "postil.toml").write_text('engine = "ollama"\n', encoding="utf-8")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    monkeypatch.chdir(repository.root)
    code, text = run()
    assert code == 3 and "127.0.0.1:9" in text
