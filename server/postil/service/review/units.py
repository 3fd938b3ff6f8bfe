"""Reviews one unit, or several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from hashlib import sha256

from postil.core.change.words import Standing
from postil.core.syntax.units import Unit
from postil.engine.base import ModelInfo, OutOfMemory, StreamBroken
from postil.service.review.context import ReviewContext
from postil.service.review.events import ReviewEvent, UnitFailed, UnitFinished
from postil.service.review.fallback import Fallback, swapped
from postil.service.review.methods.edit import edit_review
from postil.service.review.methods.list import list_review
from postil.service.review.methods.unit_review import UnitReview
from postil.settings import Show

# The size of the event queue: more than an engine produces while the consumer is busy.
EVENTS_AHEAD = 256


async def review_unit(
    context: ReviewContext, unit: Unit, fallback: Fallback, message: Callable[[str], None]
) -> AsyncGenerator[ReviewEvent]:
    """Review one unit: yields UnitStarted (unless cached), its findings, then exactly one UnitFinished or UnitFailed. A
    finding's lines are relative to its unit. Closing the generator cancels the request.

    If the model doesn't fit into memory, the next smaller one is used, and `message` is called to inform the user.
    Raises EngineUnavailable, ModelMissing, OutOfMemory or EngineRefused if the engine can't serve any unit, because all
    others would fail in the same way."""
    facts = context.facts or await context.engine.facts()
    while True:
        model = fallback.model(context.model)
        try:
            known = await context.engine.describe(facts.model(model))
            # What is known of a model's opinions says nothing of a smaller one's.
            calibration = context.calibration if model == context.model else None
            used = replace(context, model=model, calibration=calibration)
            async with aclosing(_with_model(used, known, unit)) as events:
                async for event in events:
                    yield event
            return
        except StreamBroken as error:
            yield UnitFailed(unit, str(error))
            return
        except OutOfMemory:
            # Another unit may have replaced the model in the meantime.
            if fallback.model(context.model) == model:
                smaller = fallback.remember(facts, model, "review")
                if smaller is None:
                    raise
                message(swapped(model, smaller))


async def review_units(
    context: ReviewContext, units: Sequence[Unit], fallback: Fallback, message: Callable[[str], None]
) -> AsyncGenerator[ReviewEvent]:
    """`review_unit` for each, `settings.units_at_once` at a time, for callers without their own queue."""
    waiting = list(reversed(units))
    events: asyncio.Queue[ReviewEvent | BaseException | None] = asyncio.Queue(EVENTS_AHEAD)

    async def work() -> None:
        try:
            while waiting:
                async with aclosing(review_unit(context, waiting.pop(), fallback, message)) as stream:
                    async for event in stream:
                        await events.put(event)
            await events.put(None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - the consumer of the queue raises it
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


def cache_key(context: ReviewContext, model: ModelInfo, told: str = "") -> str:
    """What a cached review depends on besides its unit's text. `told`: of the definitions that it uses. Dismissals
    aren't part of the key: they must not cause all units to be reviewed again, and take effect at the next review."""
    review = context.settings.review
    able = model.abilities
    decisive = (able.prefill.value, able.logprobs.value, able.infill.value, able.schema.value, model.profile)
    how = (context.persona.digest, context.model, review.method, review.min_score, review.reason, context.calibration)
    beside = (sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32],) if told else ()
    return ":".join(map(str, (*how, decisive, context.reasoning(able), *beside)))


def _wanted(show: Show, standing: Standing) -> bool:
    """Whether any opinion of the model would be shown: if not, it isn't asked."""
    return show == "all" or (show == "calibrated" and standing == "calibrated")


async def _with_model(context: ReviewContext, model: ModelInfo, unit: Unit) -> AsyncGenerator[ReviewEvent]:
    seen = context.engine.observed(model.name)
    model = replace(model, abilities=seen.completed(model.abilities))
    examples = context.baseline.examples(context.persona.name, unit.language, context.settings.review.examples)
    review = UnitReview.of(
        context.engine, model, context.persona, context.settings, unit, examples, context.calibration, context.path
    )
    review.measuring = context.measuring
    if not _wanted(context.show, review.standing):
        yield review.finished(())
        return
    rules = review.profile.definitions
    review.tell(await context.definitions(unit, rules.review_chars, rules.order))
    told = review.prompt.told.text
    known = context.cache.get(cache_key(context, model, told), unit.digest)
    if known is not None:
        yield review.finished(known, cached=True)
        return
    async with aclosing(list_review(review) if review.method == "list" else edit_review(review)) as events:
        async for event in events:
            if isinstance(event, UnitFinished) and not event.unread:
                # A unit that couldn't be reviewed isn't cached, so that it is reported at every save.
                # The review itself may have shown what the model can't do.
                shown = replace(model, abilities=review.abilities)
                context.cache.put(cache_key(context, shown, told), unit.digest, event.findings)
            yield event
