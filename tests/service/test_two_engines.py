"""An Ollama that answers and weights that lie embedded: who reviews, who writes ghost text, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests import parts
from tests.engine.played_ollama import EMBEDDING, LLAMA, SMALL_CODER, Held, PlayedOllama, played_ollama

from postil.core.models.catalogue import catalogue
from postil.core.persona.persona import Persona, from_modelfile
from postil.engine.base import EngineRefused, ModelMissing
from postil.engine.download.store import CACHE_VARIABLE
from postil.service.engines import EngineHolder
from postil.service.models.stores import OllamaStore
from postil.service.models.warm_up import needed_of
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.settings import Settings, settings_of

DEFAULT = "qwen2.5-coder:1.5b"
CODELLAMA = Held("codellama:7b-code", "6.7B", "llama", 3_800_000_000, "Q4_0", ("completion",))
STARCODER = Held("starcoder2:3b", "3.0B", "starcoder2", 1_700_000_000, "Q4_0", ("completion",))


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    parts.xllamacpp()
    # A machine that is busy with other tests isn't what these are about.
    monkeypatch.setattr("postil.engine.choose.PROBE_SECONDS", 60.0)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    return tmp_path


@pytest.fixture
def lies_embedded(own_folders: Path) -> Callable[[str], None]:
    def put(name: str) -> None:
        model = catalogue().get(name)
        assert model is not None
        path = own_folders / "cache" / "models" / model.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"GGUF")

    return put


@pytest.fixture
async def engines() -> AsyncIterator[EngineHolder]:
    holder = EngineHolder()
    yield holder
    await holder.drop()


def at(ollama: PlayedOllama, **more: object) -> Settings:
    return settings_of({"ollama": {"host": ollama.url}, "timeouts": {"connect": 60}, **more})


def shipped(name: str) -> Persona:
    return load_personas().personas[name]


def persona(model: str, role: str = "review") -> Persona:
    found, problems = from_modelfile("mine", f"#: role: {role}\nFROM {model}\n")
    assert found is not None, problems
    return found


async def test_ollama_reviews_and_the_embedded_engine_writes_ghost_text(
    engines: EngineHolder, lies_embedded: Callable[[str], None]
) -> None:
    lies_embedded(DEFAULT)
    with played_ollama(LLAMA) as ollama:
        read = await engines.context(at(ollama), shipped("reviewer"), ReviewCache())
        written = await engines.completion(at(ollama), shipped("completer"), shipped("reviewer"))
    assert read.facts is not None
    assert (read.facts.name, read.model) == ("ollama", "llama3.1:8b")
    assert written.model == DEFAULT and written.engine is not read.engine
    assert engines.holds(read.engine) and engines.holds(written.engine)
    assert f"{DEFAULT} on embedded (beside Ollama at {ollama.url}): it is the FROM of completer." == written.why
    assert written.load == shipped("completer").load_options(8192), "no model is shared"


async def test_one_engine_does_both_where_it_can(engines: EngineHolder) -> None:
    with played_ollama(SMALL_CODER, LLAMA) as ollama:
        read = await engines.context(at(ollama), shipped("reviewer"), ReviewCache())
        written = await engines.completion(at(ollama), shipped("completer"), shipped("reviewer"))
    assert (read.model, written.model) == (DEFAULT, DEFAULT)
    assert written.engine is read.engine


async def test_ghost_text_is_written_by_the_smallest_that_fills_in(engines: EngineHolder) -> None:
    with played_ollama(LLAMA, CODELLAMA, STARCODER) as ollama:
        read = await engines.context(at(ollama), shipped("reviewer"), ReviewCache())
        written = await engines.completion(at(ollama), shipped("completer"), shipped("reviewer"))
    assert read.model == "llama3.1:8b", "the others weren't trained to answer"
    assert written.model == "starcoder2:3b"
    assert written.fim is not None, "by its family's tokens"
    assert "the smallest there that fills in well" in written.why


async def test_where_none_fills_in_ghost_text_is_off_and_nothing_is_asked_for(engines: EngineHolder) -> None:
    off = r"Ghost text is off: .*llama3\.1:8b doesn't"
    with played_ollama(LLAMA) as ollama, pytest.raises(EngineRefused, match=off):
        await engines.completion(at(ollama), shipped("completer"), shipped("reviewer"))


async def test_where_nothing_reads_either_the_model_is_missing(engines: EngineHolder) -> None:
    with played_ollama(EMBEDDING) as ollama, pytest.raises(ModelMissing) as caught:
        await engines.completion(at(ollama), shipped("completer"), shipped("reviewer"))
    assert (caught.value.model, caught.value.engine) == (DEFAULT, "ollama")


async def test_a_model_that_the_settings_name_for_ghost_text_is_not_replaced(
    engines: EngineHolder, lies_embedded: Callable[[str], None]
) -> None:
    lies_embedded(DEFAULT)
    with played_ollama(LLAMA) as ollama, pytest.raises(ModelMissing, match="postil models pull codellama:7b-code"):
        await engines.completion(at(ollama, model={"completion": "codellama:7b-code"}), shipped("completer"), None)
    with played_ollama(LLAMA) as ollama, pytest.raises(EngineRefused, match=rf"model\.completion .*: {DEFAULT}\."):
        await engines.completion(at(ollama, model={"completion": "llama3.1:8b"}), shipped("completer"), None)


async def test_the_settings_may_name_a_model_of_either_engine(
    engines: EngineHolder, lies_embedded: Callable[[str], None]
) -> None:
    lies_embedded("qwen2.5-coder:0.5b")
    with played_ollama(LLAMA) as ollama:
        read = await engines.context(
            at(ollama, model={"review": "qwen2.5-coder:0.5b"}), shipped("reviewer"), ReviewCache()
        )
    assert read.facts is not None
    assert (read.facts.name, read.model) == ("embedded", "qwen2.5-coder:0.5b")


async def test_a_persona_is_read_where_its_model_is(
    engines: EngineHolder, lies_embedded: Callable[[str], None]
) -> None:
    lies_embedded(DEFAULT)
    lies_embedded("qwen2.5-coder:0.5b")
    with played_ollama(LLAMA) as ollama:
        by_ollama = await engines.context(at(ollama), persona("llama3.1:8b"), ReviewCache())
        embedded = await engines.context(at(ollama), persona("qwen2.5-coder:0.5b"), ReviewCache())
        nowhere = await engines.context(at(ollama), persona("devstral:24b"), ReviewCache())
    assert [one.facts.name for one in (by_ollama, embedded, nowhere) if one.facts] == ["ollama", "embedded", "ollama"]
    assert not by_ollama.notice and not embedded.notice
    assert "devstral:24b, the FROM of mine, isn't held by ollama and embedded" in nowhere.notice
    assert nowhere.notice.endswith("llama3.1:8b takes its place.")


async def test_a_model_too_large_for_the_machine_gives_way_to_what_lies_embedded(
    engines: EngineHolder, lies_embedded: Callable[[str], None]
) -> None:
    lies_embedded(DEFAULT)
    huge = Held("llama3.1:405b", "405B", "llama", 243_000_000_000_000)
    with played_ollama(huge) as ollama:
        read = await engines.context(at(ollama), shipped("reviewer"), ReviewCache())
    assert read.facts is not None
    assert (read.facts.name, read.model) == ("embedded", DEFAULT)
    assert "llama3.1:405b needs" in read.why


async def test_a_persona_made_in_ollama_is_found_though_the_embedded_engine_reviews(
    engines: EngineHolder, lies_embedded: Callable[[str], None]
) -> None:
    lies_embedded(DEFAULT)
    with played_ollama(EMBEDDING) as ollama:
        assert await engines.persona(at(ollama), "none") is None
        assert "nomic-embed-text:latest" in await engines.names(at(ollama))


async def test_an_ollama_that_is_started_later_is_found(engines: EngineHolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only when the server starts: whoever reads that Ollama doesn't answer starts it."""
    settings = settings_of({})
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    with pytest.raises(ModelMissing):
        await engines.context(settings, shipped("reviewer"), ReviewCache())
    with played_ollama(LLAMA) as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        read = await engines.context(settings, shipped("reviewer"), ReviewCache())
        assert read.model == "llama3.1:8b"


async def test_a_persona_s_model_that_is_pulled_meanwhile_reads_from_then_on(
    engines: EngineHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = persona("gemma3:4b")
    with played_ollama(LLAMA) as ollama:
        assert (await engines.context(at(ollama), mine, ReviewCache())).model == "llama3.1:8b"
        ollama.held = (LLAMA, Held("gemma3:4b", "4.3B", "gemma3", 3_300_000_000))
        assert (await engines.context(at(ollama), mine, ReviewCache())).model == "llama3.1:8b", "not asked at each unit"
        monkeypatch.setattr("postil.service.engines.LIST_AGAIN", -1.0)
        read = await engines.context(at(ollama), mine, ReviewCache())
        assert (read.model, read.notice) == ("gemma3:4b", "")


async def test_what_ollama_needs_is_loaded_without_a_model_for_ghost_text() -> None:
    with played_ollama(LLAMA) as ollama:
        store = OllamaStore(at(ollama))
        needed = await needed_of(at(ollama), load_personas(), store)
        await store.aclose()
    assert [one.model for one in needed] == ["llama3.1:8b"]
