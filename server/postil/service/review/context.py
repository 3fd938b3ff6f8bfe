"""What a review needs besides its units."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from postil.core.context.values import Definition, DefinitionKind
from postil.core.models.abilities import Abilities
from postil.core.models.thinking import Reasoning, reasoning
from postil.core.persona.persona import Persona
from postil.core.review.calibration import Calibration
from postil.core.suppression.baseline import Baseline
from postil.core.syntax.units import Unit
from postil.engine.base import Engine, EngineFacts
from postil.service.review.cache import ReviewCache
from postil.settings import Settings, Show

FindDefinitions = Callable[[Unit, Sequence[DefinitionKind]], Awaitable[tuple[Definition, ...]]]


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """A snapshot, so that a change of settings doesn't affect a running review. `why`: why this model, as a sentence;
    `notice`: the sentence for a user who has named another. `path`: of the file that is read, where it is known;
    `find`: the definitions that a unit of it uses."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    cache: ReviewCache
    facts: EngineFacts | None = None
    baseline: Baseline = field(default_factory=Baseline)
    why: str = ""
    notice: str = ""
    show: Show = "all"
    calibration: Calibration | None = None
    measuring: bool = False
    path: str = ""
    find: FindDefinitions | None = None

    async def definitions(self, unit: Unit, chars: int, order: Sequence[DefinitionKind]) -> tuple[Definition, ...]:
        """What the unit uses, if its model is told so many characters of it."""
        return () if self.find is None or not chars else await self.find(unit, order)

    def reasoning(self, abilities: Abilities) -> Reasoning:
        """What a model with these abilities thinks before it answers the persona."""
        return reasoning_of(abilities, self.persona, self.settings)


def reasoning_of(abilities: Abilities, persona: Persona, settings: Settings) -> Reasoning:
    """As the persona wants it, else the settings, as far as the model can be told."""
    wanted = settings.review.think if persona.think is None else persona.think
    return reasoning(abilities.thinking.value, wanted, settings.review.think_tokens)
