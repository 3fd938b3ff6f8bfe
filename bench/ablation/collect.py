"""Asks the model for rewrites and for all evidence about each difference, whatever the checks say of it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

import msgspec
from bench.ablation.records import Difference, UnitRecord
from bench.eval.cases import Case, run_tests

from postil.core.persona.persona import Persona
from postil.core.review.checks import all_reasons
from postil.core.review.evidence import log_odds
from postil.core.review.finding import Span
from postil.core.review.prompt import in_context_request, why_request
from postil.core.review.rewrite import Hunk, applied
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.engine.base import Engine, ModelInfo
from postil.service.review.methods.edit import differences
from postil.service.review.methods.unit_review import UnitReview
from postil.settings import Settings

T = TypeVar("T")
# Differences of a unit that are recorded: as many as a model without a profile of its own is asked for.
MOST = 3


class Collector:
    """One model, asked by one persona."""

    def __init__(self, engine: Engine, model: ModelInfo, persona: Persona, settings: Settings) -> None:
        self._engine, self._model, self._persona, self._settings = engine, model, persona, settings

    async def unit(self, name: str, text: str, unit: Unit, case: Case | None, *, head: bool) -> UnitRecord:
        """One rewrite and its differences. `case`: its tests judge the fixes; None for good code."""
        review = UnitReview.of(self._engine, self._model, self._persona, self._settings, unit)
        profile = msgspec.structs.replace(review.profile, rewrite_head=head, max_differences=MOST)
        review.prompt = replace(review.prompt, profile=profile)
        found: list[Difference] = []
        seconds: list[float] = []
        began = time.monotonic()
        async with aclosing(differences(review)) as rewritten:
            async for hunk, until in rewritten:
                seconds.append(time.monotonic() - began)
                found.append(await self._judged(review, text, unit, hunk, until, case))
                began = time.monotonic()
        seconds.append(time.monotonic() - began)
        return UnitRecord(
            name, unit.language, unit.name, head, len(unit.lines), tuple(seconds), tuple(found), review.unread
        )

    async def _judged(
        self, review: UnitReview, text: str, unit: Unit, hunk: Hunk, until: str, case: Case | None
    ) -> Difference:
        odds, scored = None, 0.0
        if hunk.old and hunk.new:
            original, changed = (
                f"{one[hunk.offset :]}\n{review.prompt.fence}" for one in (unit.text, applied(unit, hunk))
            )
            token, scored = await _timed(review.first_token(in_context_request(review.prompt, hunk)))
            odds = log_odds(token, original, changed) if token else None
        _, sentence = await _timed(_all(review, hunk, until))
        place = hunk.span.shifted(unit.first_line)
        after = _replaced(text, place, hunk)
        return Difference(
            first=place.first + 1,
            last=max(place.last, place.first + 1),
            old="\n".join(hunk.old),
            new="\n".join(hunk.new),
            reasons=all_reasons(unit, hunk, review.profile),
            in_context=odds,
            score_seconds=scored,
            sentence_seconds=sentence,
            passes=None if case is None else True if after == case.correct else run_tests(case, after),
        )


async def _timed(what: Awaitable[T]) -> tuple[T, float]:
    began = time.monotonic()
    return await what, time.monotonic() - began


async def _all(review: UnitReview, hunk: Hunk, until: str) -> str:
    """The sentence about a difference, to its end."""
    text = ""
    async with aclosing(review.stream(why_request(review.prompt, hunk, until))) as stream:
        async for delta in stream:
            text += delta.text
    return text


def _replaced(text: str, place: Span, hunk: Hunk) -> str:
    lines = text.split("\n")
    return "\n".join((*lines[: place.first], *hunk.new, *lines[place.last :]))


async def units_of(
    collector: Collector, name: str, text: str, language: str, case: Case | None, *, head: bool
) -> AsyncGenerator[UnitRecord]:
    for unit in split_units(text, language):
        yield await collector.unit(name, text, unit, case, head=head)
