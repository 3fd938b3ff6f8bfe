"""A model that doesn't fit into memory: the next smaller one that is there takes its place, for the session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postil.engine.base import EngineFacts, OutOfMemory
from postil.service.review.events import ReviewEvent, UnitFailed, UnitFinished

if TYPE_CHECKING:
    from postil.core.models.catalogue import ModelRole
    from postil.core.syntax.units import Unit
    from postil.service.review.units import ReviewContext


@dataclass(slots=True)
class Fallback:
    """What was found too big, and what serves instead."""

    smaller: dict[str, str] = field(default_factory=dict)

    def model(self, name: str) -> str:
        """The model that serves for this one now."""
        while name in self.smaller:
            name = self.smaller[name]
        return name

    def remember(self, facts: EngineFacts, name: str, role: ModelRole) -> str | None:
        """The next smaller model for this role that the engine holds; None when there is none."""
        found = next_smaller(facts, name, role)
        if found is not None:
            self.smaller[name] = found
        return found


def next_smaller(facts: EngineFacts, name: str, role: ModelRole) -> str | None:
    """The largest of the catalogue's models for this role that the engine holds and whose file is smaller than that
    of `name`. Others are not guessed at: they may be embedding models, or much worse at this."""
    from postil.core.models.catalogue import catalogue
    from postil.engine.base import held

    known = catalogue().get(name)
    told = next((model.size for model in facts.models if model.name == name), None)
    size = known.bytes if known is not None else told
    if size is None:
        return None
    able = [(model.bytes, there) for model in catalogue().for_role(role) if (there := held(facts, model.name))]
    return max((one for one in able if one[0] < size and one[1] != name), default=(0, None))[1]


def swapped(name: str, smaller: str) -> str:
    """What the user is told."""
    return f"{name} needs more memory than there is: {smaller} takes its place until Postil is started again."


async def review_falling_back(
    context: ReviewContext, path: str, units: Sequence[Unit], fallback: Fallback, tell: Callable[[str], None]
) -> AsyncGenerator[ReviewEvent]:
    """`review_units`, going on with the next smaller model where the one asked for doesn't fit. Raises OutOfMemory
    when there is none."""
    from postil.service.review.units import review_units

    facts = context.facts or await context.engine.facts()
    left = list(units)
    context = replace(context, model=fallback.model(context.model), facts=facts)
    while True:
        try:
            async with aclosing(review_units(context, path, list(left))) as events:
                async for event in events:
                    if isinstance(event, UnitFinished | UnitFailed):
                        left.remove(event.unit)
                    yield event
            return
        except OutOfMemory:
            smaller = fallback.remember(facts, context.model, "review")
            if smaller is None:
                raise
            tell(swapped(context.model, smaller))
            context = replace(context, model=fallback.model(smaller))
