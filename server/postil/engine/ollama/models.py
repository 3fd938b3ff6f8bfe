"""The models of an Ollama, from its answers to `/api/tags` and `/api/show` as they came: the package drops fields."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from postil.core.models.observed import OLLAMA, Probed
from postil.engine.base import ModelInfo
from postil.engine.json_values import JsonObject, count_in, object_in, objects_in, text_in, texts_in
from postil.engine.observed import observed

TAGS, SHOW = "/api/tags", "/api/show"
_SIZE = re.compile(r"(\d{1,5}(?:\.\d+)?)\s*([KMBT])\Z", re.IGNORECASE)
_BILLIONS = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}
# Models whose details are remembered.
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Details:
    """What `/api/show` adds to the list. `names`: of what the model was made from."""

    architecture: str = ""
    parameters: float | None = None
    quantization: str = ""
    context_length: int | None = None
    capabilities: tuple[str, ...] | None = None
    template: str = ""
    remote_host: str = ""
    names: tuple[str, ...] = ()


def listed_models(answer: JsonObject) -> tuple[ModelInfo, ...]:
    """The rows of `/api/tags`. ValueError when the answer is another program's."""
    if not isinstance(answer.get("models"), list) and answer.get("models", "") is not None:
        raise ValueError("the answer lists no models")
    rows = objects_in(answer.get("models"))
    return tuple(observed(_listed(row, name), OLLAMA, TAGS) for row in rows if (name := _name(row)))


def details_of(answer: JsonObject) -> Details:
    """What an answer of `/api/show` tells."""
    info, details = object_in(answer.get("model_info")) or {}, object_in(answer.get("details")) or {}
    architecture = text_in(info.get("general.architecture")) or text_in(details.get("family"))
    count = count_in(info.get("general.parameter_count"))
    made_from = (details.get("parent_model"), info.get("general.basename"), info.get("general.name"))
    return Details(
        architecture,
        count / 1e9 if count else billions(text_in(details.get("parameter_size"))),
        text_in(details.get("quantization_level")),
        count_in(info.get(f"{architecture}.context_length")),
        texts_in(answer.get("capabilities")),
        text_in(answer.get("template")),
        text_in(answer.get("remote_host")),
        tuple(text.replace(" ", "-") for name in made_from if (text := text_in(name))),
    )


def detailed(model: ModelInfo, details: Details, probed: Probed | None = None) -> ModelInfo:
    """A listed model with its details. The list may say `insert` where the details don't: they count."""
    told = replace(
        model,
        architecture=details.architecture or model.architecture,
        parameters=details.parameters or model.parameters,
        quantization=details.quantization or model.quantization,
        context_length=details.context_length or model.context_length,
        capabilities=details.capabilities,
        remote_host=details.remote_host or model.remote_host,
    )
    return observed(told, OLLAMA, SHOW, names=details.names, template=details.template, probed=probed)


def billions(text: str) -> float | None:
    """Ollama's `parameter_size` ("7.6B", "137M") in billions."""
    found = _SIZE.match(text.strip())
    return float(found[1]) * _BILLIONS[found[2].upper()] if found else None


class Shown:
    """The details that were told, by address, name and digest: a model of another content has another digest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], Details] = OrderedDict()

    def get(self, address: str, model: ModelInfo) -> Details | None:
        return self._kept.get((address, model.name, model.digest or "")) if model.digest else None

    def put(self, address: str, model: ModelInfo, details: Details) -> None:
        if model.digest:
            self._kept[address, model.name, model.digest] = details
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)


def _name(row: JsonObject) -> str:
    return text_in(row.get("model")) or text_in(row.get("name"))


def _listed(row: JsonObject, name: str) -> ModelInfo:
    details = object_in(row.get("details")) or {}
    return ModelInfo(
        name,
        size=count_in(row.get("size")),
        context_length=count_in(details.get("context_length")),
        digest=text_in(row.get("digest")) or None,
        modified=_iso(text_in(row.get("modified_at"))),
        architecture=text_in(details.get("family")),
        parameters=billions(text_in(details.get("parameter_size"))),
        quantization=text_in(details.get("quantization_level")),
        capabilities=texts_in(row.get("capabilities")),
        remote_host=text_in(row.get("remote_host")),
    )


def _iso(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).isoformat() if text else None
    except (ValueError, OverflowError):
        return None
