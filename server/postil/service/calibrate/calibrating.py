"""One calibration, from the first reading to what is kept of it. The command line and the editor iterate its steps."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from postil.core.calibrate.choose import Choice, choose
from postil.core.calibrate.drawing import drawing
from postil.core.calibrate.readings import METHODS
from postil.core.review.calibration import Calibration
from postil.engine.base import ModelInfo, Progress
from postil.service.calibrate.measure import Budget, Measuring
from postil.service.calibrate.store import Readings, readings
from postil.service.review.context import ReviewContext


@dataclass(slots=True)
class Calibrating:
    """Iterate `steps` once; then `result`, `choice` and `kept` are set, unless it was cancelled: what was read until
    then is kept, and the next run goes on behind it. `most_noise`: notes in 1,000 lines of quiet code."""

    context: ReviewContext
    root: Path
    budget: Budget
    most_noise: float = 1.0
    fresh: bool = False
    result: Calibration | None = None
    choice: Choice | None = None
    kept: Readings | None = None
    ended: str = ""

    async def steps(self) -> AsyncGenerator[Progress]:
        """Raises EngineError, UnitUnread and OSError."""
        facts = self.context.facts or await self.context.engine.facts()
        model = await self.context.engine.describe(facts.model(self.context.model))
        self.kept = readings(self.root, model, self.context.persona)
        if self.fresh:
            await asyncio.to_thread(self.kept.forget)
        measuring = Measuring(self.context, self.root, self.budget, self.kept)
        yield Progress("looking through the history")
        async with aclosing(measuring.steps()) as steps:
            async for step in steps:
                yield step
        self.ended = measuring.ended
        # The intervals and the curve of some hundred readings take seconds: the editor's requests go on meanwhile.
        self.choice = await asyncio.to_thread(choose, measuring.samples, METHODS, self.most_noise)
        self.result = self._calibration(model, self.choice)
        title = f"{model.name} on {self.root.name}"
        picture = await asyncio.to_thread(drawing, measuring.samples, self.choice, title)
        await asyncio.to_thread(self.kept.keep, self.result, picture)

    def _calibration(self, model: ModelInfo, choice: Choice) -> Calibration:
        return Calibration(
            model=model.name,
            digest=model.digest or "",
            profile=model.profile,
            on=datetime.datetime.now(datetime.UTC).date().isoformat(),
            method=choice.method,
            min_score=choice.min_score,
            held=choice.held,
            why_not=choice.why_not,
        )
