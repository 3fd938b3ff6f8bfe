"""The models of an Ollama, from its answers to `/api/tags` and `/api/show` as they came: the package drops fields."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from postil.core.models.names import full_name, runs_elsewhere
from postil.core.models.told import OLLAMA
from postil.engine.base import EngineError, ModelInfo
from postil.engine.described import described
from postil.engine.json_values import JsonObject, count_in, object_in, objects_in, text_in, texts_in

log = logging.getLogger(__name__)

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
    given = answer.get("models", "")
    # Go writes an empty list as null.
    if given is not None and not isinstance(given, list):
        raise ValueError("the answer lists no models")
    rows = objects_in(cast("object", given))
    models = tuple(described(_listed(row, name), OLLAMA, TAGS) for row in rows if (name := _name(row)))
    if given and not models:
        raise ValueError("the answer lists no models")
    return models


def is_elsewhere(name: str) -> bool:
    """Whether requests for a model are handed on to another machine: its name says so, or Ollama has, of this name."""
    return runs_elsewhere(name) or full_name(name) in _remote


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
        # An empty list says nothing.
        texts_in(answer.get("capabilities")) or None,
        text_in(answer.get("template")),
        text_in(answer.get("remote_host")),
        tuple(text.replace(" ", "-") for name in made_from if (text := text_in(name))),
    )


def detailed(model: ModelInfo, details: Details) -> ModelInfo:
    """A listed model with its details. The list may say `insert` where the details don't: they count."""
    if details.remote_host:
        _remote.add(full_name(model.name))
    told = replace(
        model,
        architecture=details.architecture or model.architecture,
        parameters=details.parameters or model.parameters,
        quantization=details.quantization or model.quantization,
        context_length=details.context_length or model.context_length,
        capabilities=details.capabilities,
        remote_host=details.remote_host or model.remote_host,
    )
    return described(told, OLLAMA, SHOW, names=details.names, template=details.template)


def billions(text: str) -> float | None:
    """Ollama's `parameter_size` ("7.6B", "137M") in billions."""
    found = _SIZE.match(text.strip())
    return float(found[1]) * _BILLIONS[found[2].upper()] if found else None


class Describer:
    """Asks for the details of models, one after the other, each once; what failed isn't asked again."""

    def __init__(self) -> None:
        self._failed: set[str] = set()
        # Of models that aren't listed, so that nothing says when they change.
        self._unlisted: OrderedDict[tuple[str, str, str], Details] = OrderedDict()
        self._asking = asyncio.Lock()

    async def describe(self, address: str, model: ModelInfo, show: Callable[[str], Awaitable[JsonObject]]) -> ModelInfo:
        """`show`: requests `/api/show`; may raise an EngineError, which the next request tells the user, too."""
        key = (address, model.name, model.digest or "")
        async with self._asking:
            kept = _told if model.digest else self._unlisted
            details = kept.get(key)
            if details is None and model.name not in self._failed:
                try:
                    details = details_of(await show(model.name))
                except EngineError as error:
                    log.info("no details of %s: %s", model.name, error)
                    self._failed.add(model.name)
                else:
                    kept[key] = details
                    if len(kept) > _REMEMBERED:
                        kept.popitem(last=False)
        return detailed(model, details) if details is not None else described(model, OLLAMA, TAGS)


# Names of models with a `remote_host`, of any Ollama: where one of that name runs elsewhere, secrets stay here.
_remote: set[str] = set()
# By address, name and digest: a model of another content has another digest. Of all engines of the process: after a
# change of settings the engine is another one, its models are the same.
_told: OrderedDict[tuple[str, str, str], Details] = OrderedDict()


def _name(row: JsonObject) -> str:
    return text_in(row.get("model")) or text_in(row.get("name"))


def _listed(row: JsonObject, name: str) -> ModelInfo:
    details, remote_host = object_in(row.get("details")) or {}, text_in(row.get("remote_host"))
    if remote_host:
        _remote.add(full_name(name))
    return ModelInfo(
        name,
        size=count_in(row.get("size")),
        context_length=count_in(details.get("context_length")),
        digest=text_in(row.get("digest")) or None,
        modified=_iso(text_in(row.get("modified_at"))),
        architecture=text_in(details.get("family")),
        parameters=billions(text_in(details.get("parameter_size"))),
        quantization=text_in(details.get("quantization_level")),
        capabilities=texts_in(row.get("capabilities")) or None,
        remote_host=remote_host,
    )


def _iso(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).isoformat() if text else None
    except (ValueError, OverflowError):
        return None
