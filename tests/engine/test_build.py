"""Which engine and which model serve given settings, with real sockets and without weights."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.engine.faulty_http import FaultyServer, refusal, serving

from postil.core.models.catalogue import catalogue
from postil.engine.base import EngineFacts, EngineUnavailable, ModelInfo, ModelMissing, held
from postil.engine.choose import EngineChoice, choose_engine, choose_model
from postil.engine.download.store import CACHE_VARIABLE
from postil.settings import Settings, settings_of

BEST = catalogue().default("review").name


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither this machine's models nor its Ollama have a say."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    return tmp_path


@asynccontextmanager
async def ollama_with(*names: str) -> AsyncIterator[FaultyServer]:
    async with serving(refusal(200, json.dumps({"models": [{"model": name} for name in names]}))) as server:
        yield server


async def nobody() -> str:
    """An address of this machine where nothing listens."""
    async with serving() as server:
        return server.url


async def chosen(**settings: Any) -> EngineChoice:
    choice = await choose_engine(settings_of(settings))
    await choice.engine.aclose()
    return choice


async def test_auto_takes_an_ollama_with_a_model_of_the_catalogue() -> None:
    async with ollama_with("other:7b", parts.SMALL) as server:
        choice = await chosen(ollama={"host": server.url})
    assert (choice.facts.name, choice.facts.address) == ("ollama", server.url)
    assert server.url in choice.reason


async def test_auto_takes_an_ollama_with_the_model_that_the_settings_name() -> None:
    async with ollama_with("mine:latest") as server:
        named = await chosen(ollama={"host": server.url}, model={"review": "mine"})
        without = await chosen(ollama={"host": server.url})
    assert named.facts.name == "ollama"
    assert without.facts.name == "embedded"


async def test_auto_passes_over_an_ollama_without_a_usable_model() -> None:
    parts.xllamacpp()
    async with ollama_with("embeddings:1b") as server:
        choice = await chosen(ollama={"host": server.url})
    assert choice.facts.name == "embedded"
    assert "holds no model for reviews" in choice.reason
    assert server.url in choice.reason


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((), "hung up before it answered"),
        (("reset",), "hung up before it answered"),
        ((refusal(200, "<html>", "text/html"),), "is not Ollama"),
        ((refusal(404, "no"),), "is not Ollama"),
    ],
)
async def test_auto_passes_over_what_is_no_ollama_and_says_why(steps: tuple[Any, ...], why: str) -> None:
    parts.xllamacpp()
    async with serving(*steps) as server:
        choice = await chosen(ollama={"host": server.url})
    assert choice.facts.name == "embedded"
    assert choice.reason.startswith("Ollama isn't used: ")
    assert server.url in choice.reason and why in choice.reason


async def test_auto_waits_for_nobody_who_is_silent() -> None:
    parts.xllamacpp()
    async with serving("stall") as server:
        choice = await chosen(ollama={"host": server.url}, timeouts={"connect": 0.6})
    assert choice.facts.name == "embedded"
    assert len(server.asked) == 1


async def test_auto_without_ollama() -> None:
    parts.xllamacpp()
    assert (await chosen(ollama={"host": await nobody()})).facts.name == "embedded"


async def test_auto_with_neither_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(EngineUnavailable, match=r"pip install 'postil\[embedded\]', or start Ollama"):
        await chosen(ollama={"host": await nobody()})


async def test_an_ollama_that_is_named_is_not_replaced() -> None:
    url = await nobody()
    with pytest.raises(EngineUnavailable, match="ollama serve") as caught:
        await chosen(engine="ollama", ollama={"host": url})
    assert url in str(caught.value)
    async with ollama_with("embeddings:1b") as server:
        assert (await chosen(engine="ollama", ollama={"host": server.url})).facts.name == "ollama"


async def test_an_openai_compatible_server_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    async with serving(refusal(200, '{"data": [{"id": "m"}]}')) as server:
        choice = await chosen(engine="openai", openai={"base_url": f"{server.url}/v1", "api_key_env": "MY_KEY"})
    assert [model.name for model in choice.facts.models] == ["m"]
    assert server.asked[0].line == "GET /v1/models HTTP/1.1"
    assert server.asked[0].headers["authorization"] == "Bearer secret"


async def test_an_openai_compatible_server_that_is_not_there() -> None:
    url = await nobody()
    with pytest.raises(EngineUnavailable, match="Start it, or set") as caught:
        await chosen(engine="openai", openai={"base_url": url})
    assert url in str(caught.value)
    with pytest.raises(EngineUnavailable, match=r"openai\.base_url is not set"):
        await chosen(engine="openai")


async def test_the_embedded_engine_tells_whose_files_are_here(own_folders: Path) -> None:
    parts.xllamacpp()
    small = catalogue().get(parts.SMALL)
    assert small is not None
    assert (await chosen(engine="embedded")).facts.models == ()
    file = own_folders / "cache" / "models" / small.file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    assert [model.name for model in (await chosen(engine="embedded")).facts.models] == [parts.SMALL]


def facts(*names: str, name: str = "ollama") -> EngineFacts:
    return EngineFacts(name, "http://here", tuple(ModelInfo(model) for model in names))


def named(review: str | None = None, **more: Any) -> Settings:
    return settings_of({"model": {"review": review}, **more})


@pytest.mark.parametrize(
    ("asked", "names", "found"),
    [
        ("a", ("a:latest",), "a:latest"),
        ("a:latest", ("a:latest",), "a:latest"),
        ("a", ("a:7b",), None),
        ("a:7b", ("a:latest",), None),
        ("hub:80/a", ("hub:80/a:latest",), "hub:80/a:latest"),
        ("a", ("a",), "a"),
    ],
)
def test_a_name_without_a_tag_means_latest(asked: str, names: tuple[str, ...], found: str | None) -> None:
    assert held(facts(*names), asked) == found


def test_the_settings_go_before_the_persona_and_it_before_the_best() -> None:
    there = facts("mine:latest", "persona:1b", "next:1b", BEST, parts.SMALL)
    assert choose_model(named("mine"), there, "persona:1b", "review") == "mine:latest"
    assert choose_model(named(), there, "persona:1b", "review") == "persona:1b"
    assert choose_model(named(), there, "absent:1b", "review", ["next:1b"]) == "next:1b"
    assert choose_model(named(), there, None, "review") == BEST
    assert choose_model(named(), facts(parts.SMALL, "other:7b"), "absent:1b", "review") == parts.SMALL


def test_each_role_has_its_own_setting() -> None:
    settings = settings_of({"model": {"review": "a:1b", "completion": "b:1b"}})
    assert choose_model(settings, facts("a:1b", "b:1b"), None, "complete") == "b:1b"
    assert choose_model(settings, facts("a:1b", "b:1b"), None, "review") == "a:1b"


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("ollama", rf"ollama at http://here .*it holds: {BEST}.*postil models pull mine:1b$"),
        ("embedded", rf"The embedded engine doesn't .*it holds: {BEST}.*postil models pull mine:1b --engine embedded$"),
        ("openai", rf"openai at http://here .*it holds: {BEST}.*model\.review"),
    ],
)
def test_a_model_that_the_settings_name_is_not_replaced(engine: str, said: str) -> None:
    with pytest.raises(ModelMissing, match=said) as caught:
        choose_model(named("mine:1b"), facts(BEST, name=engine), "persona:1b", "review")
    assert caught.value.model == "mine:1b"


def test_an_engine_that_holds_nothing_says_what_to_get() -> None:
    with pytest.raises(ModelMissing, match=f"holds: none.*postil models pull {BEST}") as caught:
        choose_model(named(), facts(), None, "review")
    assert caught.value.model == BEST


def test_what_the_catalogue_doesn_t_know_is_taken_from_an_openai_compatible_server_only() -> None:
    assert choose_model(named(), facts("big", name="openai"), "persona:1b", "review") == "big"
    with pytest.raises(ModelMissing):
        choose_model(named(), facts("big"), "persona:1b", "review")


def test_a_file_of_the_user_s_needs_no_name() -> None:
    settings = named(embedded={"model_path": "/a.gguf"})
    assert choose_model(settings, facts(name="embedded"), None, "review") == "model"
    assert choose_model(settings, facts(name="embedded"), "persona:1b", "review") == "persona:1b"
