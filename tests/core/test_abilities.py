"""Abilities of a model: which witness counts, and the careful value where nobody tells anything."""

from __future__ import annotations

import pytest

from postil.core.models.abilities import Abilities
from postil.core.models.families import families
from postil.core.models.overrides import ModelOverride
from postil.core.models.told import LLAMA_CPP, OLLAMA, OPENAI, VLLM, EngineTraits, Told, abilities_of

SHOW = "/api/show"


def of(
    name: str = "mine:1b",
    architecture: str = "",
    *,
    capabilities: tuple[str, ...] | None = None,
    template: str = "",
    engine: EngineTraits = OLLAMA,
    override: ModelOverride | None = None,
    parameters: float | None = None,
    remote: bool = False,
) -> Abilities:
    told = Told(name, parameters, capabilities, SHOW, template, 4096, remote)
    return abilities_of(told, families().find([name], architecture), override, engine)


def test_the_user_counts_more_than_the_engine() -> None:
    stated = ModelOverride(prefill="none", thinking="none", chat=False, infill="none", context=1000, source="mine.toml")
    found = of(
        "qwen2.5-coder:7b",
        "qwen2",
        capabilities=("completion", "insert", "thinking"),
        override=stated,
        template="{{ if not $last }}",
    )
    told = {name: (value, origin, how) for name, value, origin, how in found.rows()}
    assert told["prefill"] == ("none", "settings", "mine.toml")
    assert told["infill"] == ("none", "settings", "mine.toml")
    assert told["thinking"] == ("none", "settings", "mine.toml")
    assert told["chat"] == ("no", "settings", "mine.toml")
    assert told["context"] == ("1000", "settings", "mine.toml")
    # What the file doesn't state is the engine's word.
    assert told["tools"] == ("no", "engine", "/api/show: capabilities")


def test_the_engine_counts_more_than_the_family() -> None:
    found = of("qwen2.5-coder:7b", "qwen2", capabilities=("completion", "insert"))
    assert (found.infill.value, found.infill.origin, found.infill.how) == (
        "suffix",
        "engine",
        "/api/show: capabilities",
    )
    assert (found.tools.value, found.tools.origin) == (False, "engine")


def test_nothing_known_is_careful() -> None:
    found = of()
    assert found.prefill.value == "none" and found.infill.value == "none" and found.thinking.value == "none"
    assert {found.prefill.origin, found.infill.origin, found.thinking.origin} == {"default"}
    assert found.chat.value and not found.embedding.value


def test_an_ollama_before_capabilities_is_known_by_family_and_template() -> None:
    by_template = of("mine:7b", template="{{ .Prompt }}{{ .Suffix }} {{ if not $last }}")
    assert (by_template.infill.value, by_template.prefill.value) == ("suffix", "native")
    by_family = of("qwen3:8b", "qwen3")
    assert (by_family.thinking.value, by_family.thinking.origin) == ("switch", "family")
    assert of("nomic-embed-text", "nomic-bert").embedding.value


@pytest.mark.parametrize(
    ("name", "architecture", "capabilities", "wanted", "origin"),
    [
        ("qwen3:8b", "qwen3", ("completion", "thinking"), "switch", "engine"),
        ("gpt-oss:20b", "gptoss", ("completion", "thinking"), "levels", "engine"),
        ("qwen3:30b-a3b-thinking-2507", "qwen3moe", ("completion", "thinking"), "always", "engine"),
        ("mine:1b", "llama", ("completion", "thinking"), "switch", "engine"),
        ("mine:1b", "llama", ("completion",), "none", "engine"),
        # Weights whose template has no switch go on thinking.
        ("hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M", "qwen3", ("completion",), "always", "family"),
        # It thinks only when a message asks for it.
        ("granite3.3:8b", "granite", ("completion",), "none", "engine"),
    ],
)
def test_thinking(name: str, architecture: str, capabilities: tuple[str, ...], wanted: str, origin: str) -> None:
    found = of(name, architecture, capabilities=capabilities).thinking
    assert (found.value, found.origin) == (wanted, origin)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{%- if enable_thinking is defined and enable_thinking is false %}<think>", "switch"),
        ("{%- if reasoning_effort %}<|channel|>", "levels"),
        ("{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}", "always"),
        # Only what earlier answers thought is cut away.
        ("{{ content.split('</think>') }}{% if add_generation_prompt %}<|im_start|>assistant\n", "none"),
    ],
)
def test_thinking_by_a_jinja_template(template: str, wanted: str) -> None:
    assert of("mine", template=template, engine=LLAMA_CPP).thinking.value == wanted


def test_a_base_model_doesnt_chat_though_it_completes() -> None:
    found = of("starcoder2:3b", "starcoder2", capabilities=("completion", "insert"))
    assert (found.chat.value, found.chat.origin) == (False, "family") and found.infill.value == "suffix"


def test_an_embedding_model_answers_nothing() -> None:
    found = of("mine", "bert", capabilities=("embedding",))
    assert found.embedding.value and not found.chat.value and found.chat.origin == "engine"


@pytest.mark.parametrize(
    ("name", "architecture", "engine", "wanted"),
    [
        # Renderers and bare GGUFs lack `insert`, though the weights were trained.
        ("qwen3-coder:30b", "qwen3moe", OLLAMA, "raw"),
        ("codellama:34b", "llama", OLLAMA, "none"),
        ("qwen3:8b", "qwen3", OLLAMA, "none"),
        ("mine", "llama", OLLAMA, "none"),
        ("codestral:22b", "llama", LLAMA_CPP, "raw"),
        ("mine", "llama", LLAMA_CPP, "endpoint"),
        ("qwen3:8b", "qwen3", LLAMA_CPP, "none"),
        ("qwen3-coder:30b", "", VLLM, "none"),
        ("qwen3-coder:30b", "", OPENAI, "none"),
    ],
)
def test_infill(name: str, architecture: str, engine: EngineTraits, wanted: str) -> None:
    capabilities = ("completion",) if engine is OLLAMA else None
    size = 34 if "34b" in name else None
    assert of(name, architecture, capabilities=capabilities, engine=engine, parameters=size).infill.value == wanted


def test_prefill() -> None:
    assert of("qwen2.5-coder:7b", "qwen2").prefill.origin == "family"
    assert of("gemma4:e4b", "gemma4").prefill.value == "none"
    assert of("mine", engine=VLLM).prefill.value == "native"
    assert of("mine", engine=LLAMA_CPP).prefill.value == "native"
    # llama-server answers 400 to a beginning while thinking is on.
    assert of("gpt-oss:20b", "gpt-oss", engine=LLAMA_CPP).prefill.value == "none"
    assert of("mine", engine=OPENAI).prefill.value == "none"


def test_what_isnt_told_is_assumed_until_it_fails() -> None:
    assert of().logprobs.origin == "default" and of().logprobs.value
    assert of(engine=LLAMA_CPP).logprobs.origin == "engine"


def test_a_remote_model_is_told_by_its_fields_and_by_its_name() -> None:
    assert of("my-copy:latest", remote=True).remote.value
    assert of("qwen3-coder:480b-cloud").remote.value and of("gpt-oss:cloud").remote.value
    assert not of().remote.value
