"""Asks the model to read pieces of the repository, and keeps each reading as soon as it is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from postil.core.calibrate.readings import METHODS, Method, NoteAt, Reading, Sample
from postil.core.syntax.units import Unit
from postil.engine.base import Progress
from postil.service.calibrate.history import Piece, past_fixes, quiet_functions
from postil.service.calibrate.store import Readings
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.events import UnitFailed, UnitFinished
from postil.service.review.fallback import Fallback
from postil.service.review.units import review_unit


class UnitUnread(Exception):
    """The engine failed on a function. The message is for the user."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many past fixes and lines of quiet code are read, for at most so many seconds."""

    fixes: int
    lines: int
    seconds: float


@dataclass(slots=True)
class Measuring:
    """Iterate `steps`; then `samples` are all readings there are, earlier ones included. `ended`: why it ended before
    all was read, "" if it didn't."""

    context: ReviewContext
    root: Path
    budget: Budget
    readings: Readings
    samples: list[Sample] = field(default_factory=list[Sample])
    fixes: int = 0
    lines: int = 0
    ended: str = ""

    async def steps(self) -> AsyncGenerator[Progress]:
        """Each step says how far it is. Raises EngineError, UnitUnread and OSError."""
        began = time.monotonic()
        known = {sample.key: sample for sample in await asyncio.to_thread(self.readings.read)}
        exclude = self.context.settings.review.exclude
        async with (
            aclosing(past_fixes(self.root, exclude)) as fixes,
            aclosing(quiet_functions(self.root, exclude)) as quiet,
        ):
            while True:
                piece = await self._next(fixes, quiet)
                if piece is None:
                    return
                sample = known.get(piece.key)
                if sample is None:
                    if time.monotonic() - began > self.budget.seconds:
                        self.ended = "the time is over"
                        return
                    yield Progress(f"{self._counted()}; reading {piece.after.name}")
                    sample = await self._read(piece)
                    await asyncio.to_thread(self.readings.append, sample)
                self.samples.append(sample)
                self.fixes += sample.before is not None
                self.lines += sample.lines if sample.before is None else 0

    async def _next(self, fixes: AsyncGenerator[Piece], quiet: AsyncGenerator[Piece]) -> Piece | None:
        """The kind that lags behind comes next, so that a run that is cut off has something of both."""
        behind = self.fixes / max(1, self.budget.fixes) - self.lines / max(1, self.budget.lines)
        kinds = [(fixes, self.fixes < self.budget.fixes), (quiet, self.lines < self.budget.lines)]
        for kind, wanted in kinds if behind <= 0 else reversed(kinds):
            if wanted and (piece := await anext(kind, None)) is not None:
                return piece
        return None

    def _counted(self) -> str:
        return (
            f"{self.fixes} of {self.budget.fixes} past fixes, {self.lines} of {self.budget.lines} lines of quiet code"
        )

    async def _read(self, piece: Piece) -> Sample:
        after = await self._reading(piece.after)
        before = await self._reading(piece.before) if piece.before is not None else None
        return Sample(
            key=piece.key,
            half=piece.half,
            lines=len(piece.after.lines),
            after=after,
            before=before,
            wrong=piece.wrong,
        )

    async def _reading(self, unit: Unit) -> Reading:
        notes: dict[Method, tuple[NoteAt, ...]] = {}
        seconds: dict[Method, float] = {}
        for method in METHODS:
            notes[method], seconds[method] = await self._by(method, unit)
        return Reading(notes, seconds)

    async def _by(self, method: Method, unit: Unit) -> tuple[tuple[NoteAt, ...], float]:
        context = self.context
        # Every note with its score: the threshold is what is looked for.
        review = msgspec.structs.replace(
            context.settings.review, method=method, min_score=0.0, reason=False, examples=0
        )
        settings = msgspec.structs.replace(context.settings, review=review)
        asked = replace(context, settings=settings, cache=ReviewCache(), calibration=None, show="all", measuring=True)
        async with aclosing(review_unit(asked, unit, Fallback(), lambda _: None)) as events:
            async for event in events:
                if isinstance(event, UnitFailed):
                    raise UnitUnread(event.message)
                if isinstance(event, UnitFinished):
                    # Of a list only what comes with an edit that fits.
                    found = [one for one in event.findings if one.fix is not None]
                    notes = tuple(NoteAt(one.lines.first, one.lines.last, round(one.score, 4)) for one in found)
                    return notes, round(event.seconds, 2)
        return (), 0.0
