"""Models that don't fit into memory, and the smaller ones that take their place for the session."""

from __future__ import annotations

from dataclasses import dataclass, field

from postil.core.models import catalogue
from postil.engine.base import EngineFacts, held


@dataclass(slots=True)
class Fallback:
    """`smaller`: what serves in place of each model that was found too large."""

    smaller: dict[str, str] = field(default_factory=dict[str, str])

    def model(self, name: str) -> str:
        """The model that serves for this one now."""
        while name in self.smaller:
            name = self.smaller[name]
        return name

    def remember(self, facts: EngineFacts, name: str, role: catalogue.ModelRole) -> str | None:
        """The next smaller model for this role that the engine holds; None when there is none."""
        found = next_smaller(facts, name, role)
        if found is not None:
            self.smaller[name] = found
        return found


def next_smaller(facts: EngineFacts, name: str, role: catalogue.ModelRole) -> str | None:
    """The largest of the catalogue's models for this role that the engine holds and whose file is smaller than that
    of `name`. Other models are not guessed at: they may be embedding models, or much worse at this."""
    known = catalogue.catalogue().get(name)
    shown = next((model.size for model in facts.models if model.name == name), None)
    size = known.bytes if known is not None else shown
    if size is None:
        return None
    able = [
        (model.bytes, there) for model in catalogue.catalogue().for_role(role) if (there := held(facts, model.name))
    ]
    return max((one for one in able if one[0] < size and one[1] != name), default=(0, None))[1]


def swapped(name: str, smaller: str) -> str:
    """What the user is told."""
    return f"{name} needs more memory than there is: {smaller} takes its place until Postil is started again."
