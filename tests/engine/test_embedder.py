"""Which model makes vectors: one that is there, on this machine, the catalogue's before others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.played_ollama import EMBEDDING, Held, played_ollama

from postil.engine.choose import choose_engine
from postil.engine.picking.embedder import embedder
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.settings import OllamaSettings, Settings

CHATS = Held("llama3.1:8b", "8.0B", "llama", 4_900_000_000, capabilities=("completion",))
MINILM = Held("all-minilm:latest", "23M", "bert", 46_000_000, "F16", ("embedding",))
TINY = Held("potion:1m", "1M", "bert", 2_000_000, "F32", ("embedding",))
CLOUD = replace(EMBEDDING, name="big-embed:1t-cloud")


@pytest.mark.parametrize(
    ("holds", "wanted", "taken"),
    [
        ((CHATS,), "", None),
        ((CHATS, EMBEDDING), "", "nomic-embed-text:latest"),
        ((EMBEDDING, TINY, MINILM), "", "all-minilm:latest"),
        ((TINY, EMBEDDING), "", "nomic-embed-text:latest"),
        ((CLOUD,), "", None),
        ((CHATS, EMBEDDING, MINILM), "nomic-embed-text", "nomic-embed-text:latest"),
        ((CHATS, EMBEDDING), "all-minilm", None),
        ((CHATS, EMBEDDING), "llama3.1:8b", None),
    ],
)
async def test_the_model_that_makes_vectors(holds: tuple[Held, ...], wanted: str, taken: str | None) -> None:
    with played_ollama(*holds) as server:
        choice = await choose_engine(Settings(engine="ollama", ollama=OllamaSettings(host=server.url)))
        found = await embedder(choice, wanted)
        await choice.aclose()
    assert (found[1].name if found is not None else None) == taken
    if found is not None:
        assert found[1].abilities.embedding.origin == "engine"


async def test_the_script_embeds_where_it_says_so() -> None:
    assert await embedder(await scripted_choice(ScriptedEngine([]))) is None
    found = await embedder(await scripted_choice(ScriptedEngine([Rule("", "embed")])))
    assert found is not None and found[1].name == "scripted-embed:latest"
