"""What a review needs besides its units."""

from __future__ import annotations

from dataclasses import dataclass, field

from postil.core.persona.persona import Persona
from postil.core.suppression.baseline import Baseline
from postil.engine.base import Engine, EngineFacts
from postil.service.review.cache import ReviewCache
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """A snapshot, so that a change of settings doesn't affect a running review. `why`: why this model, as a sentence;
    `notice`: the sentence for a user who has named another."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    cache: ReviewCache
    facts: EngineFacts | None = None
    baseline: Baseline = field(default_factory=Baseline)
    why: str = ""
    notice: str = ""
