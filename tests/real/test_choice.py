"""A real Ollama that holds one model, under a name that the catalogue hasn't: it reviews, and nothing is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests import forked, parts
from tests.conftest import import_model, running_ollama

from postil.engine.choose import choose_engine
from postil.engine.picking.pick import pick
from postil.service.engines import EngineHolder
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.settings import Settings, settings_of

NAME = "llama3.1:8b"
CODE = "def total(items):\n    result = 0\n    for item in items:\n        result += item\n    return result\n"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Ollama whose only model is the smallest one, called llama3.1:8b."""
    binary, weights = parts.ollama_binary(), parts.gguf(parts.SMALL)
    with running_ollama(binary, tmp_path_factory.mktemp("ollama") / "models") as (host, _):
        import_model(host, parts.SMALL, weights)
        with httpx.Client(base_url=host, trust_env=False, timeout=60) as client:
            client.post("/api/copy", json={"source": parts.SMALL, "destination": NAME}).raise_for_status()
            client.request("DELETE", "/api/delete", json={"model": parts.SMALL}).raise_for_status()
        yield host


@pytest.fixture
def environment(llama: str, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return kept | {
        "OLLAMA_HOST": llama,
        "OLLAMA_MODELS": str(tmp_path / "ollama"),
        "POSTIL_CACHE_DIR": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
    }


def test_what_ollama_holds_reviews_at_the_first_try(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "total.py").write_text(CODE, encoding="utf-8")
    done = forked.run(("review", "total.py", "--fail-on", "never"), tmp_path, environment, timeout=600)
    assert done.returncode == 0, done
    assert f"with {NAME}" in done.stdout and "the only model there that can review" in done.stdout
    assert "pull" not in done.stdout + done.stderr


def test_the_doctor_tells_the_same(tmp_path: Path, environment: dict[str, str]) -> None:
    done = forked.run(("doctor",), tmp_path, environment, timeout=300)
    assert done.returncode == 0, done
    assert f"{NAME} on ollama, notes from" in done.stdout


async def test_ghost_text_is_written_by_it_too_for_its_weights_fill_in(
    llama: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is a Llama's, the weights are a coder's: what Ollama tells of them counts."""
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    settings: Settings = settings_of({"ollama": {"host": llama}})
    personas, engines = load_personas().personas, EngineHolder()
    try:
        read = await engines.context(settings, personas["reviewer"], ReviewCache())
        written = await engines.completion(settings, personas["completer"], personas["reviewer"])
        assert (read.model, written.model) == (NAME, NAME)
        assert written.engine is read.engine
    finally:
        await engines.drop()


async def test_a_name_without_its_tag_is_completed(llama: str) -> None:
    settings = settings_of({"engine": "ollama", "ollama": {"host": llama}, "model": {"review": "LLama3.1"}})
    choice = await choose_engine(settings)
    try:
        found = await pick(settings, choice, None, "review")
        assert found.model == NAME and "the only LLama3.1 that is" in found.notice
    finally:
        await choice.aclose()
