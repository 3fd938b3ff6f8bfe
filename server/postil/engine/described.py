"""Adds to a model what follows from what its engine tells of it: family, size, tokens, profile and abilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from postil.core.models.catalogue import Model
from postil.core.models.families import FimTokens
from postil.core.models.names import model_name
from postil.core.models.overrides import KnownModels, known
from postil.core.models.told import EngineTraits, Told, abilities_of
from postil.engine.base import ModelInfo


def described(
    model: ModelInfo, engine: EngineTraits, source: str = "", *, names: Sequence[str] = (), template: str = ""
) -> ModelInfo:
    """`source`: the request that told it. `names`: of what the model was made from, the nearest first."""
    return _described(model, engine, source, tuple(names), template, known())


def catalogued(model: Model) -> ModelInfo:
    """What the catalogue tells of a model."""
    parameters = model.parameters / 1e9
    return ModelInfo(model.name, model.size, context_length=model.context_length, parameters=parameters)


# Each unit's review asks again.
@lru_cache(maxsize=512)
def _described(
    model: ModelInfo, engine: EngineTraits, source: str, names: tuple[str, ...], template: str, tables: KnownModels
) -> ModelInfo:
    written = model_name(model.name)
    size = model.parameters or written.parameters
    family = tables.family((model.name, *names), model.architecture)
    stated = tables.override(model.name)
    told = Told(model.name, size, model.capabilities, source, template, model.context_length, bool(model.remote_host))
    fim = family.fim(size) if family is not None else None
    if fim is None and family is not None and stated is not None and stated.infill == "raw":
        fim = family.infill if isinstance(family.infill, FimTokens) else None
    return replace(
        model,
        parameters=size,
        active=(family.active_parameters(size) if family is not None else None) or written.active,
        family=family.name if family is not None else "",
        fim=fim,
        query_prefix=family.query if family is not None else "",
        document_prefix=family.document if family is not None else "",
        profile=tables.profile(stated, family, size),
        abilities=abilities_of(told, family, stated, engine),
    )
