"""What the editor's user hears of the choice: which model reads, why, and that nothing is asked while one is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.engine.played_ollama import EMBEDDING, LLAMA, Held, PlayedOllama, played_ollama
from tests.lsp.client import Client, serving
from tests.lsp.test_inline_completion import A as SHOP
from tests.lsp.test_inline_completion import ask, texts, why
from tests.lsp.test_review import A, function


def editor(folder: Path, ollama: PlayedOllama, **options: Any) -> AbstractAsyncContextManager[Client]:
    environment = {
        "OLLAMA_HOST": ollama.url,
        "POSTIL_CACHE_DIR": str(folder / "cache"),
        "OLLAMA_MODELS": str(folder / "ollama"),
    }
    # A machine that is busy with other tests isn't what these are about.
    options = {"timeouts": {"connect": 60}, **options}
    return serving(folder, options=options, environment=environment)


def questions(client: Client) -> list[Any]:
    return client.of("window/showMessageRequest")


@pytest.fixture
def llama() -> Iterator[PlayedOllama]:
    with played_ollama(LLAMA) as ollama:
        yield ollama


async def test_the_first_save_is_read_by_what_ollama_holds(tmp_path: Path, llama: PlayedOllama) -> None:
    async with editor(tmp_path, llama) as client:
        client.open(A, function("one"))
        client.save(A)
        await client.reviewed()
        await client.synced()
        status = client.of("postil/status")[-1]
        assert (status["state"], status["engine"], status["model"]) == ("ready", "ollama", "llama3.1:8b")
        assert "llama3.1:8b on ollama" in status["why"] and "the only model there that can review" in status["why"]
        assert not questions(client)
        assert not client.of("window/showMessage")
    assert {body["model"] for body in llama.of("/api/chat")} == {"llama3.1:8b"}


async def test_without_infill_the_first_key_asks_nothing(tmp_path: Path, llama: PlayedOllama) -> None:
    async with editor(tmp_path, llama) as client:
        client.open(SHOP, "def cost(prices):\n    total = \n")
        assert texts(await ask(client, 1, 12)) == []
        await client.synced()
        assert why(client).startswith("Ghost text is off: ")
        assert "llama3.1:8b doesn't fill in the middle" in why(client)
        assert "postil models pull qwen2.5-coder:1.5b" in why(client)
        assert not questions(client)
    assert not llama.of("/api/generate")


async def test_with_only_an_embedding_model_the_user_is_asked_once_for_one_that_reads(tmp_path: Path) -> None:
    with played_ollama(EMBEDDING) as ollama:
        async with editor(tmp_path, ollama) as client:
            client.replies["window/showMessageRequest"] = lambda _: None
            client.open(A, function("one"))
            client.save(A)
            await client.until(lambda: questions(client), "the question")
            (asked,) = questions(client)
            assert "nomic-embed-text:latest makes embeddings only" in asked["message"]
            assert asked["actions"][0]["title"].startswith("Pull qwen2.5-coder:1.5b")
    assert not ollama.of("/api/pull")


async def test_a_persona_whose_model_is_nowhere_tells_the_editor(tmp_path: Path, llama: PlayedOllama) -> None:
    personas = tmp_path / "config" / "postil" / "personas"
    personas.mkdir(parents=True)
    (personas / "mine.Modelfile").write_text("#: role: review\nFROM mistral-nemo:12b\n", encoding="utf-8")
    async with editor(tmp_path, llama, review={"personas": ["mine"]}) as client:
        client.open(A, function("one"))
        client.save(A)
        await client.reviewed()
        (told,) = [one["message"] for one in client.of("window/showMessage")]
        assert "mistral-nemo:12b, the FROM of mine, isn't held by" in told
        assert "llama3.1:8b takes its place" in told
        assert not questions(client)


async def test_a_model_that_came_since_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with played_ollama(EMBEDDING) as ollama:
        async with editor(tmp_path, ollama) as client:
            client.replies["window/showMessageRequest"] = lambda _: None
            client.open(A, function("one"))
            client.save(A)
            await client.reviewed()
            ollama.held = (EMBEDDING, Held("gemma3:4b", "4.3B", "gemma3", 3_300_000_000))
            client.save(A)
            await client.reviewed(2)
            assert client.of("postil/status")[-1]["model"] == "gemma3:4b"
