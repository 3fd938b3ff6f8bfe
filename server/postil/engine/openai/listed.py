"""The models that a server lists at `/v1/models`: which of them can chat, by what servers say of them and by name."""

from __future__ import annotations

import re
from typing import cast

from postil.core.models.abilities import Abilities, Fact
from postil.engine.base import ModelInfo
from postil.engine.json_values import JsonObject, count_in, object_in, objects_in, text_in

# The same thing has a field of its own at every server: HuggingFace's tasks, xinference, LM Studio and Together, LiteLLM.
_KINDS = ("task", "pipeline_tag", "model_type", "type", "mode", "kind")
_CHATS = re.compile(r"chat|llm|vlm|language|completion|generat|text-to-text|instruct", re.IGNORECASE)
_OTHER = re.compile(
    r"embed|rerank|ranking|feature-extraction|similarity|classif|fill-mask|moderation|image|audio|speech|video"
    r"|transcri|translation|tts|asr|stt",
    re.IGNORECASE,
)
_EMBEDS = re.compile(r"embed|feature-extraction|similarity", re.IGNORECASE)

# Where a server says nothing else, as most do: the names of families that can't chat.
_NAMES_EMBED = re.compile(
    r"embed|(?:^|[/_-])(?:bge|gte|e5|minilm|all-mpnet|mxbai|arctic|nomic-bert|sbert|sentence)(?:[/_.:-]|$)"
    r"|multilingual-e5|instructor-(?:xl|large|base)|paraphrase-|colbert",
    re.IGNORECASE,
)
_NAMES_OTHER = re.compile(
    r"rerank|whisper|(?:^|[/_-])tts|(?:^|[/_-])(?:clip|siglip|kokoro|piper|parakeet|dall-e|flux|sdxl)(?:[/_.:-]|$)"
    r"|stable-diffusion|moderation|cross-encoder|(?:^|[/_-])bert(?:[/_.:-]|$)",
    re.IGNORECASE,
)


def listed_models(answer: JsonObject) -> tuple[ModelInfo, ...]:
    """The models of an answer. LM Studio's and others' may stand in `models` beside `data`, with more said of them."""
    more = {text_in(row.get("id")) or text_in(row.get("name")): row for row in objects_in(answer.get("models"))}
    found: list[ModelInfo] = []
    for row in objects_in(answer.get("data")):
        name = text_in(row.get("id"))
        if name:
            said = more.get(name, {}) | row
            abilities = _abilities(name, said)
            info = object_in(row.get("meta")) or {}
            length = count_in(row.get("max_model_len")) or count_in(row.get("max_context_length"))
            found.append(ModelInfo(name, context_length=length or count_in(info.get("n_ctx")), abilities=abilities))
    return tuple(found)


def _abilities(name: str, row: JsonObject) -> Abilities:
    where = "/v1/models"
    words = _words(row)
    if words:
        said = " ".join(words)
        chats = bool(_CHATS.search(said)) or not _OTHER.search(said)
        embeds = bool(_EMBEDS.search(said))
        return Abilities(
            chat=Fact(chats, "engine", f"{where}: {', '.join(words)}"),
            embedding=Fact(embeds, "engine", f"{where}: {', '.join(words)}"),
        )
    embeds = bool(_NAMES_EMBED.search(name))
    if embeds or _NAMES_OTHER.search(name):
        how = f"{where} says nothing, by its name"
        return Abilities(chat=Fact(False, "family", how), embedding=Fact(embeds, "family", how))
    return Abilities()


def _words(row: JsonObject) -> list[str]:
    """What the server says that the model is for."""
    said = [text_in(row.get(key)) for key in _KINDS]
    capabilities = row.get("capabilities")
    if isinstance(capabilities, list):
        said += [one for one in cast("list[object]", capabilities) if isinstance(one, str)]
    for name, able in (object_in(capabilities) or {}).items():
        # Mistral's: each capability with whether the model has it.
        said += [name] if able is True else []
    architecture = object_in(row.get("architecture")) or {}
    modalities = architecture.get("output_modalities")
    if isinstance(modalities, list) and modalities and "text" not in cast("list[object]", modalities):
        said += [f"{one} output" for one in cast("list[object]", modalities) if isinstance(one, str)]
    if row.get("supports_chat") is True:
        said.append("chat")
    return [word for word in said if word and word not in ("model", "base-model", "base")]
