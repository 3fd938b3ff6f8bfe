"""The models of an OpenAI-compatible server, from `/v1/models` and, of llama-server, `/props`."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from postil.core.models.told import LLAMA_CPP, OPENAI, VLLM, EngineTraits
from postil.engine.base import ModelInfo
from postil.engine.described import described
from postil.engine.json_values import JsonObject, count_in, object_in, objects_in, text_in
from postil.engine.openai.kinds import abilities_in

MODELS, PROPS = "/v1/models", "/props"

# What answers, as far as its list tells: "" = only the dialect is known.
Server = Literal["llama.cpp", "vllm", ""]
_TRAITS: dict[Server, EngineTraits] = {"llama.cpp": LLAMA_CPP, "vllm": VLLM, "": OPENAI}


# Where a row has the model's name: OpenAI's, and other servers'.
_NAMES = ("id", "model", "name", "key")


def _rows(answer: JsonObject) -> list[JsonObject]:
    """The rows of `data`, of which some servers have `models`, or bare names."""
    rows = answer.get("data") or answer.get("models")
    names = cast("list[object]", rows) if isinstance(rows, list) else []
    return objects_in([{"id": one} if isinstance(one, str) else one for one in names])


def server_of(answer: JsonObject) -> Server:
    """Which server lists these models: each writes its own name as their owner."""
    owners = {text_in(row.get("owned_by")) for row in _rows(answer)}
    if "llamacpp" in owners:
        return "llama.cpp"
    return "vllm" if "vllm" in owners else ""


def listed_models(answer: JsonObject, server: Server) -> tuple[ModelInfo, ...]:
    """The rows of `/v1/models`. `meta` is llama-server's, `max_model_len` vLLM's."""
    found: list[ModelInfo] = []
    for row in _rows(answer):
        name, meta = next(filter(None, (text_in(row.get(key)) for key in _NAMES)), ""), object_in(row.get("meta")) or {}
        if not name:
            continue
        count = count_in(meta.get("n_params"))
        model = ModelInfo(
            name,
            size=count_in(meta.get("size")),
            context_length=count_in(row.get("max_model_len")) or count_in(meta.get("n_ctx_train")),
            parameters=count / 1e9 if count else None,
        )
        found.append(_with_kind(described(model, _TRAITS[server], MODELS), row))
    return tuple(found)


def unlisted(model: ModelInfo, server: Server) -> ModelInfo:
    """A model that the server doesn't list, by its name."""
    return described(model, _TRAITS[server])


def _with_kind(model: ModelInfo, row: JsonObject) -> ModelInfo:
    """What the server says that the model is for, which is seldom, counts more than its family; its name counts where
    the family isn't known, or where it says that the model doesn't chat."""
    kind, able = abilities_in(row, model.name), model.abilities
    if able.chat.origin != "settings" and (kind.chat.origin == "engine" or not model.family or not kind.chat.value):
        able = replace(able, chat=kind.chat)
    if able.embedding.origin != "settings" and (kind.embedding.origin == "engine" or not model.family):
        able = replace(able, embedding=kind.embedding)
    return replace(model, abilities=able)


def detailed(model: ModelInfo, props: JsonObject) -> ModelInfo:
    """A model with what llama-server's `/props` tells: the context that it was started with, its chat template, its
    file."""
    settings = object_in(props.get("default_generation_settings")) or {}
    context = count_in(settings.get("n_ctx")) or count_in(props.get("n_ctx")) or model.context_length
    names = (text_in(props.get("model_alias")), text_in(props.get("model_path")))
    template = text_in(props.get("chat_template"))
    found = described(replace(model, context_length=context), LLAMA_CPP, PROPS, names=names, template=template)
    kept = model.abilities
    if kept.chat.origin != "engine":
        return found
    # `/props` doesn't say what the model is for; the list may have.
    return replace(found, abilities=replace(found.abilities, chat=kept.chat, embedding=kept.embedding))
