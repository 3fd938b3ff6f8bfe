"""One document reviewed: units planned, asked, checked and told as events while the model writes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from postil.core.finding import Span
from postil.core.persona import Persona
from postil.core.units import Unit
from postil.engine.base import Engine
from postil.service.cache import ReviewCache
from postil.service.events import ReviewEvent
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """All that a review needs beside its units; a snapshot, so that a change of settings can't tear it."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    cache: ReviewCache


def plan(text: str, language: str, lines: Sequence[Span] | None = None) -> list[Unit]:
    """The units of a file, in the file's order; with `lines`, only those that touch one of these spans."""
    raise NotImplementedError


async def review_units(context: ReviewContext, path: str, units: Sequence[Unit]) -> AsyncGenerator[ReviewEvent]:
    """Review the units, `settings.jobs` at a time, and yield what happens as it happens.

    Every unit yields UnitStarted (unless cached) … then exactly one UnitFinished or UnitFailed. A finding's lines
    are relative to its unit. Closing the generator cancels the requests. Raises EngineUnavailable, ModelMissing
    or EngineRefused when the engine can serve no unit at all (the rest would fail alike).
    """
    raise NotImplementedError
    yield
