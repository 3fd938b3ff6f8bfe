"""Which model of the chosen engines makes vectors of texts: one that is there, on this machine, and nothing else."""

from __future__ import annotations

from postil.core.models.catalogue import catalogue
from postil.core.models.recognise import recognised
from postil.engine.base import ModelInfo, held
from postil.engine.picking.candidates import told
from postil.engine.picking.pick import EngineChoice

# Of models that their list calls able, so many are asked for their abilities.
_MOST_ASKED = 3


async def embedder(choice: EngineChoice, wanted: str = "") -> tuple[EngineChoice, ModelInfo] | None:
    """The engine and its model that embeds, with what the engine tells of it; None where none is there, and nothing is
    fetched for that. `wanted`: this one or none. Unasked it is one of the catalogue, the default one first, else the
    smallest, because each text waits for it, and never one that runs on another machine."""
    able = [
        (place, info)
        for place in choice.all
        for model in place.facts.models
        if (info := told(place.facts, model)).abilities.embedding.value or info.name == held(place.facts, wanted)
    ]
    if wanted:
        able = [(place, info) for place, info in able if info.name == held(place.facts, wanted)]
    else:
        able = sorted((one for one in able if not one[1].abilities.remote.value), key=lambda one: _order(one[1]))
    for place, info in able[:_MOST_ASKED]:
        described = await place.engine.describe(info)
        if described.abilities.embedding.value and (wanted or not described.abilities.remote.value):
            return place, described
    return None


def _order(info: ModelInfo) -> tuple[bool, bool, float, str]:
    listed = recognised(info.name, info.parameters, info.size, info.quantization)
    return (
        listed is None or listed != catalogue().default("embed"),
        listed is None,
        info.parameters or float("inf"),
        info.name,
    )
