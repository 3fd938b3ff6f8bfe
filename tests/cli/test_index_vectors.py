"""`postil index --vectors` and `--find`, with a model that is a script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from postil.cli import index_vectors
from postil.cli.app import app
from postil.engine.base import EngineUnavailable
from postil.engine.choose import EngineChoice
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.settings import Settings

RULES = [Rule("", "embed")]
PARCEL = 'def fee(weight):\n    """What a parcel costs."""\n    return weight * 3\n'


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be indexed, without the user's own settings."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "POSTIL_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "parcel.py").write_text(PARCEL, encoding="utf-8")
    (folder / "other.py").write_text("def read_lines(path):\n    return path.read_text()\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    engine_is(monkeypatch, ScriptedEngine(RULES))
    return folder


def engine_is(monkeypatch: pytest.MonkeyPatch, engine: ScriptedEngine | None) -> None:
    async def choose(_: Settings) -> EngineChoice:
        if engine is None:
            raise EngineUnavailable("No Ollama answers: start it.")
        return await scripted_choice(engine)

    monkeypatch.setattr(index_vectors, "choose_engine", choose)


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["index", *words])
    assert result.exit_code == code, result.output
    return result


def test_vectors_are_made_shown_and_asked() -> None:
    made = run("--update", "--vectors")
    assert "2 vectors by scripted-embed:latest, 2 of 2 chunks have one" in made.stderr
    assert "vectors    2 (scripted-embed:latest)" in made.stdout
    assert "0 vectors by" in run("--vectors").stderr
    facts = json.loads(run("--json").stdout)
    assert (facts["vectors"], facts["embedding_model"]) == (2, "scripted-embed:latest")
    found = run("--find", "what does a parcel cost?", "-n", "1")
    assert found.stdout.startswith("parcel.py:1-3\n") and found.stderr == ""
    first, *_ = json.loads(run("--find", "read lines of a path", "--json").stdout)
    assert first["path"] == "other.py"


def test_the_settings_name_the_model(work: Path) -> None:
    run("--update")
    assert "vectors    none" in run().stdout
    (work / "postil.toml").write_text('[model]\nembedding = "scripted-embed"\n', encoding="utf-8")
    assert "vectors by" not in run().stderr, "a look makes none"
    assert "2 vectors by" in run("--update").stderr
    assert "2 vectors by" in run("--rebuild").stderr


def test_a_model_that_is_not_here_is_named_and_not_fetched(work: Path) -> None:
    run("--update")
    (work / "postil.toml").write_text('[model]\nembedding = "all-minilm:22m"\n', encoding="utf-8")
    told = run("--update").stderr
    assert "no vectors: all-minilm:22m is not here: `postil models pull all-minilm:22m` fetches it" in told
    assert "`postil models pull all-minilm:22m`" in run("--vectors", code=3).stderr


def test_without_any_model_the_default_one_is_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine_is(monkeypatch, ScriptedEngine([]))
    run("--update")
    assert "all-minilm:22m would do" in run("--vectors", code=3).stderr


def test_a_question_without_vectors_or_engine_is_answered_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    run("--update")
    found = run("--find", "what does a parcel cost?")
    assert found.stdout.startswith("parcel.py:1-3\n") and "by words alone" in found.stderr
    run("--vectors")
    engine_is(monkeypatch, None)
    found = run("--find", "what does a parcel cost?")
    assert found.stdout.startswith("parcel.py:1-3\n") and "No Ollama answers" in found.stderr
    assert "nothing is like" in run("--find", "...", code=1).stderr


def test_vectors_need_an_index() -> None:
    assert "`postil index --update` makes one" in run("--vectors", code=2).stderr
    run("--delete", "--find", "x", code=2)
