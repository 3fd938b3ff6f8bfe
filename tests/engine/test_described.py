"""What engines tell of a model, and how often they are asked: recorded shapes of Ollama, llama-server and vLLM."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from tests.engine.playing import Reply, playing_ollama, playing_openai

from postil.core.models.families import families
from postil.core.models.overrides import KnownModels, parse_models, use_known
from postil.core.request import Delta, InfillRequest, Sampling, Snippet
from postil.core.review.profile import UNMEASURED
from postil.engine.base import EngineFacts, ModelInfo, ModelMissing
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.gguf import read_head
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.ollama.models import billions, details_of, listed_models
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.pool.engine import PoolEngine
from postil.engine.stream.priority import PriorityEngine

# GET /api/tags of Ollama 0.24, shortened: no capabilities.
TAGS_24: dict[str, Any] = {
    "models": [
        {
            "name": "qwen3-coder:30b",
            "model": "qwen3-coder:30b",
            "modified_at": "2026-10-05T12:13:14.123456789+02:00",
            "size": 18556688736,
            "digest": "06c1097efce0431c2045fe7b2e5108366e43bee1b4603a7aded8f21689e90bca",
            "details": {
                "parent_model": "",
                "format": "gguf",
                "family": "qwen3moe",
                "families": ["qwen3moe"],
                "parameter_size": "30.5B",
                "quantization_level": "Q4_K_M",
            },
        }
    ]
}
# POST /api/show of Ollama 0.24, shortened. A renderer model: no `insert`.
SHOW_24: dict[str, Any] = {
    "modelfile": "FROM x",
    "template": "{{ .Prompt }}",
    "details": {"family": "qwen3moe", "parameter_size": "30.5B", "quantization_level": "Q4_K_M", "parent_model": ""},
    "model_info": {
        "general.architecture": "qwen3moe",
        "general.basename": "Qwen3-Coder",
        "general.parameter_count": 30532122624,
        "qwen3moe.context_length": 262144,
        "tokenizer.ggml.tokens": None,
    },
    "capabilities": ["completion", "tools"],
}


def row(name: str, digest: str = "d", **more: Any) -> dict[str, Any]:
    return {"name": name, "model": name, "digest": digest, "size": 7, **more}


def ollama(tags: dict[str, Any], show: Any) -> Any:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/api/tags":
            return 200, tags
        if path == "/api/show":
            return show if isinstance(show, tuple) else (200, show)
        return ["x"]

    return playing_ollama(play)


async def told(tags: dict[str, Any], show: Any, name: str) -> tuple[EngineFacts, ModelInfo]:
    async with ollama(tags, show) as played:
        engine = OllamaEngine(played.url)
        facts = await engine.facts()
        model = await engine.describe(facts.model(name))
        await engine.aclose()
    return facts, model


async def test_a_model_of_ollamas_is_known_by_its_list_and_its_details() -> None:
    facts, model = await told(TAGS_24, SHOW_24, "qwen3-coder:30b")
    listed = facts.model("qwen3-coder:30b")
    assert (listed.architecture, listed.parameters, listed.quantization) == ("qwen3moe", 30.5, "Q4_K_M")
    assert (listed.active, listed.family, listed.capabilities) == (3.3, "qwen3-coder", None)
    assert (model.context_length, model.capabilities) == (262144, ("completion", "tools"))
    able = model.abilities
    assert (able.infill.value, able.infill.origin) == ("raw", "family")
    assert (able.tools.value, able.tools.origin, able.tools.how) == (True, "engine", "/api/show: capabilities")
    assert (able.context.value, able.thinking.value, able.chat.value) == (262144, "none", True)
    assert model.raw_tokens == families().tokens["qwen"]


async def test_two_requests_are_enough_however_many_ask() -> None:
    tags = {"models": [row("a:1b", "two-requests"), row("b:1b", "other")]}
    async with ollama(tags, SHOW_24) as played:
        engine = PriorityEngine(OllamaEngine(played.url))
        listed = (await engine.facts()).model("a:1b")
        await asyncio.gather(*(engine.describe(listed) for _ in range(4)))
        assert [path for path, _ in played.asked] == ["/api/tags", "/api/show"]
        await engine.aclose()
        # After a change of the settings the engine is another one, its models are the same.
        again = OllamaEngine(played.url)
        assert (await again.describe(listed)).capabilities == ("completion", "tools")
        assert len(played.asked) == 2
        await again.describe(ModelInfo("a:1b", digest="pulled anew"))
        assert len(played.asked) == 3
        await again.aclose()


async def test_what_the_details_say_counts_more_than_the_list() -> None:
    # Ollama 0.30 and later list capabilities, by the template that the model doesn't use.
    tags = {"models": [row("mine:1b", "list", capabilities=["completion", "insert"], details={"family": "llama"})]}
    show = {**SHOW_24, "model_info": {"general.architecture": "llama"}, "capabilities": ["completion"]}
    facts, model = await told(tags, show, "mine:1b")
    assert facts.model("mine:1b").abilities.infill.value == "suffix"
    assert (model.abilities.infill.value, model.abilities.infill.origin) == ("none", "engine")


async def test_a_copy_of_a_cloud_model_is_remote_whatever_its_name_is() -> None:
    tags = {"models": [row("mine:latest", "cloud", remote_host="https://ollama.com:443", remote_model="gpt-oss:120b")]}
    facts, model = await told(tags, {**SHOW_24, "remote_host": "https://ollama.com:443"}, "mine:latest")
    assert facts.model("mine:latest").abilities.remote.value and model.abilities.remote.value
    assert model.remote_host == "https://ollama.com:443"


async def test_an_ollama_without_capabilities() -> None:
    show = {"template": "{{ .Prompt }}{{ .Suffix }}", "details": {"family": "llama"}, "model_info": {}}
    _, model = await told({"models": [row("mine:1b", "old")]}, show, "mine:1b")
    assert (model.abilities.infill.value, model.abilities.chat.origin) == ("suffix", "default")


async def test_a_renamed_model_is_known_by_its_weights() -> None:
    _, model = await told({"models": [row("reviewer:latest", "renamed")]}, SHOW_24, "reviewer:latest")
    assert (model.family, model.abilities.infill.value) == ("qwen3-coder", "raw")


DENIED = [
    (404, {"error": "not found"}),
    (400, {"error": "bad"}),
    (422, ""),
    (500, {"error": "no"}),
    (200, "[]"),
    (200, "<p>"),
]


@pytest.mark.parametrize("answer", DENIED)
async def test_details_that_cant_be_had_change_nothing_and_are_asked_for_once(answer: tuple[int, Any]) -> None:
    async with ollama(TAGS_24, answer) as played:
        engine = OllamaEngine(played.url)
        listed = (await engine.facts()).models[0]
        found = [await engine.describe(ModelInfo("gone:1b", digest="g")), await engine.describe(listed)]
        await engine.describe(listed)
        await engine.aclose()
    assert found[1] == listed
    assert len(played.of("/api/show")) == 2


@pytest.mark.parametrize("answer", [{"models": 7}, {"models": {}}, {}, {"models": [{"name": 7}, 3]}])
def test_an_answer_of_another_program_is_no_list(answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="lists no models"):
        listed_models(answer)


def test_a_model_that_nobody_has_described_has_the_unmeasured_profile() -> None:
    """Its name stands twice: a waiting server doesn't import the profiles."""
    assert ModelInfo("a").profile == UNMEASURED


def test_lists_and_details_of_any_shape_are_read() -> None:
    assert listed_models({"models": None}) == ()
    rows = [7, {}, {"name": "a", "size": -1, "details": [], "capabilities": "x", "modified_at": "yesterday"}]
    (model,) = listed_models({"models": rows})
    assert (model.name, model.size, model.capabilities, model.modified) == ("a", None, None, None)
    details = details_of({"model_info": [], "details": 7, "capabilities": [1, "completion"], "template": None})
    assert (details.architecture, details.capabilities) == ("", ("completion",))
    assert [billions(text) for text in ("7.6B", "137M", "1.04T", "", "big")] == [7.6, 0.137, 1040.0, None, None]


async def read(stream: AsyncGenerator[Delta]) -> None:
    async with aclosing(stream) as deltas:
        async for _ in deltas:
            pass


async def test_raw_infill_goes_past_the_template() -> None:
    fim = families().tokens["codestral"]
    request = InfillRequest("codestral:22b", "before", "after", Sampling(stop=("x",)), begun=" b", fim=fim)
    async with ollama(TAGS_24, SHOW_24) as played:
        engine = OllamaEngine(played.url)
        await read(engine.infill(request))
        await engine.aclose()
    (body,) = played.of("/api/generate")
    assert (body["prompt"], body["raw"], body["think"]) == ("[SUFFIX]after[PREFIX]before b", True, False)
    assert "suffix" not in body
    assert body["options"]["stop"] == ["x", "[PREFIX]", "[SUFFIX]", "</s>"]


# GET /v1/models and /props of llama-server b10488, shortened.
LLAMA_SERVER: dict[str, Any] = {
    "data": [
        {
            "id": "/models/Codestral-22B-v0.1-Q4_K_M.gguf",
            "object": "model",
            "owned_by": "llamacpp",
            "meta": {"n_vocab": 32768, "n_ctx_train": 32768, "n_params": 22247282688, "size": 13341237248},
        }
    ]
}
PROPS: dict[str, Any] = {
    "default_generation_settings": {"n_ctx": 8192},
    "total_slots": 1,
    "model_path": "/models/Codestral-22B-v0.1-Q4_K_M.gguf",
    "chat_template": "{{ bos_token }}",
    "build_info": "b10488-deadbeef",
}


def llama_server(models: dict[str, Any], props: Any) -> Any:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/v1/models":
            return 200, models
        return (200, props) if path == "/props" and props is not None else (404, {}) if path == "/props" else ["x"]

    return playing_openai(play)


async def test_llama_servers_own_words() -> None:
    async with llama_server(LLAMA_SERVER, PROPS) as played:
        engine = OpenAICompatEngine(played.url)
        facts = await engine.facts()
        model = await engine.describe(facts.models[0])
        await engine.describe(facts.models[0])
        await read(engine.infill(InfillRequest(model.name, "before", "after", fim=model.raw_tokens)))
        await engine.aclose()
    assert [path for path, _ in played.asked] == ["/v1/models", "/props", "/completion"]
    assert (facts.models[0].context_length, round(facts.models[0].parameters or 0)) == (32768, 22)
    assert (model.family, model.context_length, model.abilities.context.how) == ("codestral", 8192, "/props")
    assert (model.abilities.prefill.value, model.abilities.infill.value) == ("native", "raw")
    assert played.of("/completion")[0]["prompt"] == "[SUFFIX]after[PREFIX]before"


async def test_a_model_of_an_unknown_family_is_filled_in_by_llama_server_itself() -> None:
    models = {"data": [{"id": "mine", "owned_by": "llamacpp"}]}
    async with llama_server(models, None) as played:
        engine = OpenAICompatEngine(played.url)
        model = await engine.describe((await engine.facts()).models[0])
        await read(engine.infill(InfillRequest("mine", "before", "after", fim=model.raw_tokens)))
        await read(engine.infill(InfillRequest("mine", "before", "after", snippets=(Snippet("a.py", "x = 1"),))))
        await engine.aclose()
    assert (model.abilities.infill.value, model.raw_tokens) == ("endpoint", None)
    alone, beside = played.of("/infill")
    assert alone["input_prefix"] == "before" and "input_extra" not in alone
    assert beside["input_extra"] == [{"filename": "a.py", "text": "x = 1"}]


async def test_a_template_tells_that_a_model_thinks() -> None:
    models = {"data": [{"id": "mine", "owned_by": "llamacpp"}]}
    template = "{%- if enable_thinking is false %}<think>\n\n</think>{% endif %}"
    async with llama_server(models, {**PROPS, "model_path": "/m/mine.gguf", "chat_template": template}) as played:
        engine = OpenAICompatEngine(played.url)
        model = await engine.describe((await engine.facts()).models[0])
        await engine.aclose()
    assert (model.abilities.thinking.value, model.abilities.thinking.how) == ("switch", "its chat template")


async def test_vllms_own_words() -> None:
    # GET /v1/models of vLLM 0.11, shortened.
    models = {"data": [{"id": "Qwen/Qwen3-8B", "owned_by": "vllm", "max_model_len": 40960, "root": "Qwen/Qwen3-8B"}]}
    async with llama_server(models, PROPS) as played:
        engine = OpenAICompatEngine(played.url)
        model = await engine.describe((await engine.facts()).models[0])
        await engine.aclose()
    assert [path for path, _ in played.asked] == ["/v1/models"]
    able = model.abilities
    assert (able.context.value, able.prefill.value, able.thinking.value, able.infill.value) == (
        40960,
        "native",
        "switch",
        "none",
    )


async def test_the_user_counts_more_than_a_server() -> None:
    mine, problems = parse_models('[models."qwen3-coder:30b"]\ninfill = "none"\nprefill = "none"', KnownModels())
    assert problems == ()
    use_known(mine)
    try:
        _, model = await told(TAGS_24, SHOW_24, "qwen3-coder:30b")
        observed = OllamaEngine("http://127.0.0.1:9").observed("qwen3-coder:30b")
    finally:
        use_known(None)
    assert (model.abilities.infill.origin, model.abilities.prefill.value) == ("settings", "none")
    assert observed.probed and observed.prefill is not None and observed.prefill.origin == "settings"


async def test_a_pool_describes_as_a_host_that_holds_the_model() -> None:
    async with ollama({"models": []}, (404, {})) as empty, ollama(TAGS_24, SHOW_24) as full:
        pool = PoolEngine([OllamaEngine(empty.url), OllamaEngine(full.url)])
        model = await pool.describe((await pool.facts()).model("qwen3-coder:30b"))
        await pool.aclose()
    assert model.context_length == 262144


def gguf(values: dict[str, Any], *, version: int = 3) -> bytes:
    def text(value: str) -> bytes:
        data = value.encode()
        return struct.pack("<Q", len(data)) + data

    def one(value: Any) -> bytes:
        if isinstance(value, bool):
            return struct.pack("<I?", 7, value)
        if isinstance(value, int):
            return struct.pack("<II", 4, value)
        if isinstance(value, float):
            return struct.pack("<If", 6, value)
        if isinstance(value, str):
            return struct.pack("<I", 8) + text(value)
        strings = isinstance(value[0], str)
        items = b"".join(text(item) if strings else struct.pack("<i", item) for item in value)
        return struct.pack("<IIQ", 9, 8 if strings else 5, len(value)) + items

    body = b"".join(text(key) + one(value) for key, value in values.items())
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(values)) + body


HEAD: dict[str, Any] = {
    "general.architecture": "qwen3",
    "general.basename": "Qwen3",
    "general.size_label": "8B",
    "qwen3.context_length": 40960,
    "tokenizer.ggml.tokens": ["a", "b", "é"],
    "tokenizer.ggml.token_type": [1, 2, 3],
    "some.flag": True,
    "some.number": 0.5,
    "tokenizer.chat_template": "{% if enable_thinking %}",
}


async def test_the_embedded_engine_reads_the_head_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf(HEAD))
    head = read_head(path)
    assert (head.architecture, head.parameters, head.context_length, head.names) == ("qwen3", 8.0, 40960, ("Qwen3",))
    engine = EmbeddedEngine(lambda name: path, lambda: ())
    model = await engine.describe(ModelInfo("model"))
    assert (model.family, model.parameters, model.abilities.thinking.value) == ("qwen3", 8.0, "switch")
    assert (model.abilities.context.value, model.abilities.context.how) == (40960, "its GGUF file")


@pytest.mark.parametrize(
    "data", [b"", b"GGUF", b"PK\3\4 and more of it", gguf(HEAD)[:200], gguf(HEAD, version=1), b"GGUF" + b"\xff" * 64]
)
async def test_a_file_that_is_no_gguf_is_described_by_its_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"GGUF|known|damaged|cut off"):
        read_head(path)
    model = await EmbeddedEngine(lambda name: path, lambda: ()).describe(ModelInfo("qwen2.5-coder:1.5b"))
    assert (model.family, model.abilities.infill.value) == ("qwen2.5-coder", "raw")


async def test_a_model_that_isnt_here_is_described_by_its_name() -> None:
    def missing(name: str) -> Path:
        raise ModelMissing(name)

    model = await EmbeddedEngine(missing, lambda: ()).describe(ModelInfo("qwen2.5-coder:1.5b"))
    assert model.profile == "qwen2.5-coder-1.5b"
    assert json.dumps(model.abilities.rows())
