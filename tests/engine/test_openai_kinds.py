"""Which models of a server can chat, in the words of the servers that say so, and by the names of those that don't."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.engine.faulty_http import refusal, serving

from postil.engine.base import EngineFacts, EngineRefused, ModelInfo, ModelMissing, TimeOuts
from postil.engine.choose import choose_model
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.openai.kinds import abilities_in, capabilities_in
from postil.engine.picking.pick import EngineChoice, pick
from postil.settings import Settings, settings_of

CHAT = "Qwen/Qwen2.5-Coder-7B-Instruct"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"object": "model", "owned_by": "vllm"}, None),
        ({"type": "model"}, None),
        ({"type": "llm"}, ("completion",)),
        ({"type": "vlm"}, ("completion",)),
        ({"type": "embeddings"}, ("embedding",)),
        ({"type": "chat"}, ("completion",)),
        ({"type": "rerank"}, ()),
        ({"task": "feature-extraction"}, ("embedding",)),
        ({"task": "sentence-similarity"}, ("embedding",)),
        ({"task": "text-generation"}, ("completion",)),
        ({"task": "embed"}, ("embedding",)),
        ({"task": "score"}, ()),
        ({"pipeline_tag": "automatic-speech-recognition"}, ()),
        ({"model_type": "embedding"}, ("embedding",)),
        ({"model_type": "LLM"}, ("completion",)),
        ({"mode": "image_generation"}, ()),
        ({"capabilities": ["embed"]}, ("embedding",)),
        ({"capabilities": ["completion", "multimodal"]}, ("completion",)),
        ({"capabilities": ["rerank", "classify"]}, ()),
        ({"capabilities": {"completion_chat": True, "fine_tuning": False}}, ("completion",)),
        ({"capabilities": {"completion_chat": False, "embeddings": True}}, ("embedding",)),
        ({"supports_chat": True}, ("completion",)),
        ({"architecture": {"output_modalities": ["text"]}}, None),
        ({"architecture": {"output_modalities": ["embeddings"]}}, ("embedding",)),
        ({"capabilities": 7, "type": ["x"], "task": None, "architecture": "none"}, None),
    ],
)
def test_what_a_server_says(row: dict[str, Any], said: tuple[str, ...] | None) -> None:
    assert capabilities_in(row) == said


@pytest.mark.parametrize(
    "name",
    [
        "nomic-embed-text",
        "text-embedding-3-small",
        "BAAI/bge-m3",
        "bge-reranker-v2-m3",
        "thenlper/gte-large",
        "intfloat/e5-mistral-7b-instruct",
        "sentence-transformers/all-MiniLM-L6-v2",
        "mxbai-rerank-large",
        "whisper-1",
        "tts-1-hd",
        "openai/clip-vit-large",
        "black-forest-labs/flux-1",
        "Qwen/Qwen3-Embedding-0.6B",
        "Qwen3-Reranker-4B",
    ],
)
def test_a_name_that_says_it_all(name: str) -> None:
    assert not abilities_in({}, name).chat.value


@pytest.mark.parametrize(
    "name", [CHAT, "llama3.1:8b", "gpt-oss-20b", "starcoder2-3b", "my-eclipse-model", "gemma-3-4b-it"]
)
def test_other_names_say_nothing(name: str) -> None:
    assert abilities_in({}, name).chat.value
    assert abilities_in({}, name).chat.origin == "default"


@pytest.mark.parametrize(
    "first",
    [
        {"id": "nomic-embed-text"},
        *({"id": name} for name in ("instructor-xl", "UAE-Large-V1", "sentence-t5-xxl", "voyage-code-3", "LaBSE")),
        *(
            {"id": name}
            for name in ("gpt-image-1", "gpt-4o-transcribe", "mistral-moderation-latest", "mistral-ocr-2505")
        ),
        *(
            {"id": name}
            for name in ("wav2vec2-base", "yolov8", "xtts-v2", "opus-mt-en-de", "prompt-guard-86m", "sora-2")
        ),
        {"id": "a", "task": "feature-extraction"},
        {"id": "a", "type": "embeddings"},
        {"id": "a", "capabilities": ["embed"]},
    ],
)
async def test_an_embedding_model_that_is_listed_first_is_not_chosen(first: dict[str, Any]) -> None:
    """A symptom: the first model of the list was asked to review, whatever it was."""
    listed = {"data": [first, {"id": CHAT}]}
    async with serving(refusal(200, json.dumps(listed))) as server:
        engine = OpenAICompatEngine(server.url, None, TimeOuts(connect=10.0))
        facts = await engine.facts()
        await engine.aclose()
    assert choose_model(Settings(), facts, None, "review") == CHAT
    assert [model.abilities.chat.value for model in facts.models] == [False, True]


def test_a_server_with_embedding_models_only_says_what_it_holds() -> None:
    model = ModelInfo("nomic-embed-text", abilities=abilities_in({}, "nomic-embed-text"))
    with pytest.raises(ModelMissing, match="nomic-embed-text"):
        choose_model(Settings(), EngineFacts("openai", "http://x", (model,)), None, "review")


async def test_a_server_that_lists_nothing_serves_what_the_settings_name() -> None:
    async with serving(refusal(404, '{"detail": "Not Found"}')) as server:
        engine = OpenAICompatEngine(server.url, None, TimeOuts(connect=10.0))
        choice = EngineChoice(engine, await engine.facts(), "the settings name it")
        named = await pick(settings_of({"engine": "openai", "model": {"review": "my-model"}}), choice, None, "review")
        assert (named.model, named.reason) == ("my-model", "model.review names it, and the server lists none")
        with pytest.raises(EngineRefused, match=r'lists no models: .*model\.review = "NAME"'):
            await pick(settings_of({"engine": "openai"}), choice, None, "review")
        await engine.aclose()
