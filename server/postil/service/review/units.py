"""One document reviewed: units planned, asked, checked and told as events while the model writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from postil.core.persona.persona import Persona
from postil.core.request import Usage
from postil.core.review.finding import Span
from postil.core.suppression.baseline import Baseline
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.engine.base import Engine, EngineFacts, StreamBroken
from postil.service.review.cache import ReviewCache
from postil.service.review.edit import edit_review
from postil.service.review.events import ReviewEvent, UnitFailed, UnitFinished
from postil.service.review.list import list_review
from postil.service.review.unit import UnitReview
from postil.settings import Settings

# Findings wait here for a slow reader; the engine is never faster than this.
EVENTS_AHEAD = 256


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """All that a review needs beside its units; a snapshot, so that a change of settings can't tear it."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    cache: ReviewCache
    facts: EngineFacts | None = None
    baseline: Baseline = field(default_factory=Baseline)


def plan(text: str, language: str, lines: Sequence[Span] | None = None) -> list[Unit]:
    """The units of a file, in the file's order; with `lines`, only those that touch one of these spans. An
    empty span (something was deleted there) touches the lines on both sides of it."""
    units = split_units(text, language)
    if lines is None:
        return units
    return [unit for unit in units if any(_touches(unit, span) for span in lines)]


def _touches(unit: Unit, span: Span) -> bool:
    if span.first == span.last:
        return unit.first_line <= span.first <= unit.last_line
    return unit.first_line < span.last and span.first < unit.last_line


async def review_units(context: ReviewContext, path: str, units: Sequence[Unit]) -> AsyncGenerator[ReviewEvent]:
    """Review the units, `settings.units_at_once` at a time, and yield what happens as it happens.

    Every unit yields UnitStarted (unless cached) … then exactly one UnitFinished or UnitFailed. A finding's lines
    are relative to its unit. Closing the generator cancels the requests. Raises EngineUnavailable, ModelMissing
    or EngineRefused when the engine can serve no unit at all (the rest would fail alike).
    """
    facts = context.facts or await context.engine.facts()
    waiting = list(reversed(units))
    events: asyncio.Queue[ReviewEvent | BaseException | None] = asyncio.Queue(EVENTS_AHEAD)

    async def work() -> None:
        try:
            while waiting:
                async with aclosing(_review(context, facts, waiting.pop())) as stream:
                    async for event in stream:
                        await events.put(event)
            await events.put(None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - it travels to the reader, who raises it
            await events.put(error)

    workers = [asyncio.create_task(work()) for _ in range(min(context.settings.units_at_once, len(units)))]
    left = len(workers)
    try:
        while left:
            event = await events.get()
            if event is None:
                left -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def cache_key(context: ReviewContext, facts: EngineFacts) -> str:
    """What a cached review depends on beside its unit's text. What is dismissed isn't part of it: a dismissal is no
    reason to read everything again, it is told with what is read next."""
    review = context.settings.review
    able = (facts.prefill, facts.logprobs, facts.infill, facts.json_schema)
    return f"{context.persona.digest}:{context.model}:{review.method}:{review.min_score}:{review.hints}:{able}"


async def _review(context: ReviewContext, facts: EngineFacts, unit: Unit) -> AsyncGenerator[ReviewEvent]:
    key = cache_key(context, facts)
    known = context.cache.get(key, unit.digest)
    judged = context.baseline.examples(context.persona.name, unit.language, context.settings.review.examples)
    review = UnitReview.of(context.engine, facts, context.model, context.persona, context.settings, unit, judged)
    if known is not None:
        yield review.finished(known, cached=True)
        return
    run = list_review(review) if review.method == "list" else edit_review(review)
    try:
        async with aclosing(run) as stream:
            async for event in stream:
                if isinstance(event, UnitFinished) and event.usage != Usage():
                    # What was not read at all is said again at every save.
                    context.cache.put(key, unit.digest, event.findings)
                yield event
    except StreamBroken as error:
        yield UnitFailed(unit, str(error))
