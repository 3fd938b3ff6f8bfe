"""Which of the models that a server lists at `/v1/models` can chat: by what it says of them, else by name."""

from __future__ import annotations

import re
from typing import cast

from postil.core.models.abilities import Abilities, Fact
from postil.engine.json_values import JsonObject, object_in, text_in

# The same thing has another field at each server: tasks of Hugging Face, Xinference, LM Studio and Together, LiteLLM.
_FIELDS = ("task", "pipeline_tag", "model_type", "type", "mode", "kind")
_CHATS = re.compile(
    r"chat|llm|vlm|language|completion|text.generat|conversation|text-to-text|instruct|image-text-to-text",
    re.IGNORECASE,
)
_EMBEDS = re.compile(r"embed|feature-extraction|similarity", re.IGNORECASE)
_OTHER = re.compile(
    r"rerank|ranking|classif|fill-mask|moderation|image|audio|speech|video|transcri|translation|\b(?:tts|asr|stt)\b"
    r"|score",
    re.IGNORECASE,
)

_NAMED_EMBED = re.compile(
    r"embed|colbert|colpali|splade|distiluse|labse|sentence-t5|voyage-|(?:^|[/_-])(?:bge|gte|e5|minilm|mpnet|mxbai|sbert"
    r"|simcse|instructor|uae|stella)(?:[/_.:-]|$)",
    re.IGNORECASE,
)
_NAMED_OTHER = re.compile(
    r"rerank|cross-encoder|moderation|prompt-guard|whisper|wav2vec|transcri|speech|voice|musicgen|realtime|-audio|-image"
    r"|stable-diffusion|computer-use|(?:^|[/_-])(?:tts|xtts|clip|blip|siglip|kokoro|piper|parakeet|canary|bark|chatterbox"
    r"|orpheus|csm|sora|veo|dall-e|flux|sdxl|bert|roberta|yolo\w*|vit|dino\w*|sam2?|florence|ocr|opus-mt|nllb|babbage"
    r"|davinci)(?:[/_.:-]|$)",
    re.IGNORECASE,
)


def capabilities_in(row: JsonObject) -> tuple[str, ...] | None:
    """What a server says that a model does, in Ollama's words: `completion`, `embedding`, neither. None when it says
    nothing of that, as most servers do."""
    said = " ".join(_words(row))
    embeds, other = bool(_EMBEDS.search(said)), bool(_OTHER.search(said))
    # A model that sees images chats as well; one that embeds and has "text-generation" beside it may do both.
    if _CHATS.search(said):
        return ("completion", "embedding") if embeds else ("completion",)
    if embeds:
        return ("embedding",)
    return () if other else None


def abilities_in(row: JsonObject, name: str) -> Abilities:
    """Whether a listed model chats or makes embeddings, and how that is known."""
    said = capabilities_in(row)
    if said is not None:
        how = "/v1/models"
        return Abilities(
            chat=Fact("completion" in said, "engine", how), embedding=Fact("embedding" in said, "engine", how)
        )
    embeds = _NAMED_EMBED.search(name) is not None
    if embeds or _NAMED_OTHER.search(name) is not None:
        return Abilities(chat=Fact(False, "family", "its name"), embedding=Fact(embeds, "family", "its name"))
    return Abilities()


def _words(row: JsonObject) -> list[str]:
    """What the server says that the model is for, wherever it says it."""
    said = [text_in(row.get(name)) for name in _FIELDS]
    said += _texts(row.get("capabilities"))
    # Mistral's and others': each capability with whether the model has it.
    said += [name for name, able in (object_in(row.get("capabilities")) or {}).items() if able is True]
    said += ["chat"] if row.get("supports_chat") is True else []
    modalities = _texts((object_in(row.get("architecture")) or {}).get("output_modalities"))
    if "text" not in modalities:
        said += modalities
    # "object": "model" and the like say nothing.
    return [word for word in said if word]


def _texts(value: object) -> list[str]:
    return [one for one in cast("list[object]", value) if isinstance(one, str)] if isinstance(value, list) else []
