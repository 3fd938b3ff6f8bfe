"""Replaces models that don't fit into memory by smaller ones until the server is restarted."""

from __future__ import annotations

from dataclasses import dataclass, field

from postil.core.models import catalogue, recognise
from postil.engine.base import EngineFacts, ModelInfo
from postil.engine.picking import candidates


@dataclass(slots=True)
class Fallback:
    """`smaller`: the replacement of each model that was too large."""

    smaller: dict[str, str] = field(default_factory=dict[str, str])

    def model(self, name: str) -> str:
        """The model to use in place of this one, or this one itself."""
        while name in self.smaller:
            name = self.smaller[name]
        return name

    def remember(self, facts: EngineFacts, name: str, role: catalogue.ModelRole) -> str | None:
        """Replace a model by the next smaller installed one for this role; None if there is none."""
        found = next_smaller(facts, name, role)
        if found is not None:
            self.smaller[name] = found
        return found


def next_smaller(facts: EngineFacts, name: str, role: catalogue.ModelRole) -> str | None:
    """The largest installed model that may be taken for this role unasked and whose file is smaller than that of
    `name`."""
    sizes = {model.name: _size(model) for model in facts.models}
    size = sizes.get(name) or _size(ModelInfo(name))
    if size is None:
        return None
    able = ((sizes[one.name], one.name) for one in candidates.ranking_of((facts,), role).able)
    smaller = [(other, model) for other, model in able if other is not None and other < size and model != name]
    return max(smaller, default=(0, None))[1]


def _size(model: ModelInfo) -> int | None:
    """Of its file; for a model of the catalogue that of its file there."""
    listed = recognise.recognised(model.name, model.parameters, model.size, model.quantization)
    same = listed is not None and recognise.same_weights(
        listed.name, model.name, model.parameters, model.size, model.quantization
    )
    return listed.bytes if listed is not None and same else model.size


def swapped(name: str, smaller: str) -> str:
    """The message for the user."""
    return f"{name} needs more memory than there is: {smaller} takes its place until Postil is started again."
