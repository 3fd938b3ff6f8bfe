"""Replaces models that don't fit into memory by smaller ones until the server is restarted."""

from __future__ import annotations

from dataclasses import dataclass, field

from postil.core.models import catalogue
from postil.engine.base import EngineFacts, held


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
    """The largest installed model of the catalogue for this role whose file is smaller than that of `name`. Models that
    aren't in the catalogue are never chosen: they may be embedding models, or much worse at reviews."""
    known = catalogue.catalogue().get(name)
    shown = next((model.size for model in facts.models if model.name == name), None)
    size = known.bytes if known is not None else shown
    if size is None:
        return None
    installed = [
        (model.bytes, full) for model in catalogue.catalogue().for_role(role) if (full := held(facts, model.name))
    ]
    return max((one for one in installed if one[0] < size and one[1] != name), default=(0, None))[1]


def swapped(name: str, smaller: str) -> str:
    """The message for the user."""
    return f"{name} needs more memory than there is: {smaller} takes its place until Postil is started again."
