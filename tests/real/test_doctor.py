"""`postil doctor` where a model and an Ollama are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_doctor import bare, run
from tests.conftest import OllamaServer

from postil.cli.doctor.checks import Diagnosis, examine

__all__ = ["bare"]


@pytest.fixture
def with_model(bare: Path, monkeypatch: pytest.MonkeyPatch, embedded_gguf: Path) -> Path:
    """As `bare`, with the smallest model in the cache."""
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(embedded_gguf.parent.parent))
    (bare / "postil.toml").write_text('[model]\nreview = "qwen2.5-coder:0.5b"\n', encoding="utf-8")
    return bare


def told(diagnosis: Diagnosis, name: str) -> list[tuple[str, str, str | None]]:
    return [(check.status, check.text, check.fix) for check in diagnosis.checks if check.name == name]


def test_a_model_for_the_embedded_engine_is_here(with_model: Path, embedded_gguf: Path) -> None:
    code, out = run()
    assert code == 0, out
    assert str(embedded_gguf) in out
    assert "doesn't answer" in out
    assert "A review can run" in out


def test_json_says_the_same(with_model: Path) -> None:
    code, out = run("--json")
    report: dict[str, Any] = json.loads(out)
    assert code == 0 and report["ready"] is True
    assert report["engine"] == "embedded" and report["model"] == "qwen2.5-coder:0.5b"
    assert 0 <= report["threshold"] <= 1
    assert {"name", "status", "text", "fix"} == set(report["checks"][0])


async def test_ollama_with_the_model_is_taken(
    bare: Path, monkeypatch: pytest.MonkeyPatch, ollama_server: OllamaServer
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", ollama_server.host)
    diagnosis = await examine(bare)
    assert diagnosis.ready and diagnosis.engine == "ollama"
    [(status, text, _)] = told(diagnosis, "Ollama")
    assert status == "ok" and f" at {ollama_server.host}, models: " in text
    assert ollama_server.model in text


async def test_each_host_of_a_pool_is_looked_at(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ollama_server: OllamaServer
) -> None:
    dead = os.environ["OLLAMA_HOST"]
    monkeypatch.setenv("OLLAMA_HOST", ollama_server.host)
    (tmp_path / "user.toml").write_text(f'pool.hosts = ["{dead}"]\n', encoding="utf-8")
    diagnosis = await examine(bare)
    assert diagnosis.ready and diagnosis.engine == "ollama"
    assert [status for status, _, _ in told(diagnosis, "Ollama")] == ["ok", "note"]
    assert dead in told(diagnosis, "Ollama")[1][1]


async def test_a_model_that_ollama_lacks_is_missing(
    bare: Path, monkeypatch: pytest.MonkeyPatch, ollama_server: OllamaServer
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", ollama_server.host)
    (bare / "postil.toml").write_text('engine = "ollama"\n[model]\nreview = "qwen2.5-coder:7b"\n', encoding="utf-8")
    diagnosis = await examine(bare)
    assert not diagnosis.ready
    [(status, _, fix)] = told(diagnosis, "as reviewer")
    assert status == "missing" and fix == "postil models pull qwen2.5-coder:7b --engine ollama"


async def test_problems_of_settings_are_told_and_dont_stop_a_review(with_model: Path) -> None:
    with (with_model / "postil.toml").open("a", encoding="utf-8") as file:
        file.write("[review]\nmin_scor = 0.4\n")
    diagnosis = await examine(with_model)
    assert diagnosis.ready
    problems = [(text, fix) for status, text, fix in told(diagnosis, "settings") if status == "note"]
    assert len(problems) == 1
    assert "min_scor" in problems[0][0] and "postil.toml" in (problems[0][1] or "")


async def test_a_persona_that_isnt_there(with_model: Path) -> None:
    with (with_model / "postil.toml").open("a", encoding="utf-8") as file:
        file.write('[review]\npersonas = ["reviwer"]\n')
    diagnosis = await examine(with_model)
    assert not diagnosis.ready
    assert any(status == "missing" and "'reviwer'" in text for status, text, _ in told(diagnosis, "personas"))


async def test_the_threshold_that_counts_is_told(with_model: Path) -> None:
    before = (await examine(with_model)).threshold
    with (with_model / "postil.toml").open("a", encoding="utf-8") as file:
        file.write("[review]\nmin_score = 0.123\n")
    diagnosis = await examine(with_model)
    assert before != diagnosis.threshold == 0.123
    assert "review.min_score" in told(diagnosis, "as reviewer")[0][1]


async def test_a_library_that_crashes_doesnt_take_the_doctor_along(
    with_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken" / "xllamacpp"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("import os\nos.abort()\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    diagnosis = await examine(with_model)
    assert not diagnosis.ready
    [(status, text, fix)] = told(diagnosis, "embedded")
    assert status == "missing" and "can't be imported" in text
    assert fix and "pip install" in fix
