"""Adds to a model what follows from what an engine tells of it: its family, size, tokens, profile and abilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from postil.core.models.catalogue import catalogue
from postil.core.models.families import FimTokens
from postil.core.models.names import model_name
from postil.core.models.observed import EngineTraits, Observed, Probed, abilities_of
from postil.core.models.overrides import known
from postil.engine.base import ModelInfo


def observed(
    model: ModelInfo,
    engine: EngineTraits,
    source: str = "",
    *,
    names: Sequence[str] = (),
    template: str = "",
    probed: Probed | None = None,
) -> ModelInfo:
    """`source`: the request that told it. `names`: of what the model was made from, the nearest first."""
    tables, listed = known(), catalogue().get(model.name)
    written = model_name(model.name)
    size = model.parameters or (listed.parameters / 1e9 if listed is not None else written.parameters)
    family = tables.family((model.name, *names), model.architecture)
    stated = tables.override(model.name)
    told = Observed(
        model.name, size, model.capabilities, source, template, model.context_length, bool(model.remote_host)
    )
    fim = family.fim(size) if family is not None else None
    if fim is None and family is not None and stated is not None and stated.infill == "raw":
        fim = family.infill if isinstance(family.infill, FimTokens) else None
    profile = family.review_profile(size) if family is not None else model.profile
    return replace(
        model,
        parameters=size,
        active=(family.active_parameters(size) if family is not None else None) or written.active,
        family=family.name if family is not None else "",
        fim=fim,
        profile=stated.profile if stated is not None and stated.profile is not None else profile,
        abilities=abilities_of(told, family, stated, engine, probed),
    )
