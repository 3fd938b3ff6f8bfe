"""A review with the scripted engine: its context, its events, and what was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from postil.core.calibrate.choose import Rates
from postil.core.models.abilities import Fact, Thinking
from postil.core.request import ChatRequest, Delta
from postil.core.review.calibration import Calibration
from postil.core.review.finding import Finding
from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.engine.base import EngineFacts, ModelInfo
from postil.engine.scripted import Rule, ScriptedEngine
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.events import FindingFound, ReviewEvent, UnitFailed, UnitFinished
from postil.service.review.fallback import Fallback
from postil.service.review.units import review_units
from postil.settings import ReviewSettings, Settings

MODEL = "qwen2.5-coder:1.5b"


NOTHING = Rates(
    fixes=0,
    detection=0,
    false_alarm=0,
    j_interval=(0, 0),
    located=0,
    quiet_lines=0,
    noise=None,
    noise_interval=(0, 0),
    seconds=0,
)


def calibration(min_score: float = 0.0, why_not: str = "") -> Calibration:
    """One that holds, unless it says why not."""
    return Calibration(
        model=MODEL,
        digest="",
        profile="",
        on="2026-11-27",
        method="edit",
        min_score=min_score,
        held=NOTHING,
        why_not=why_not,
    )


def function(name: str) -> str:
    return f"def {name}(first, second):\n    total = first - second\n    print(total)\n    return total\n\n\n"


def mend(name: str, **more: Any) -> Rule:
    """Rewrites one function rightly, line by line."""
    return Rule(f"def {name}(", echo=True, replace=(("first - ", "first + "),), **more)


class Reviewing:
    """A context with everything shown; `run` reviews a Python text. `asked` are the chat requests."""

    def __init__(self, folder: Path, *rules: Rule, review: dict[str, Any] | None = None, **settings: Any) -> None:
        self.journal = folder / "journal"
        self.journal.touch()
        chosen: dict[str, Any] = {"min_score": 0.0, **(review or {})}
        self.engine = Watched(list(rules), self.journal)
        self.context = ReviewContext(
            self.engine,
            MODEL,
            load_personas().personas["reviewer"],
            Settings(review=ReviewSettings(**chosen), **settings),
            ReviewCache(),
            EngineFacts("scripted", "a script", ()),
        )

    def without(self, *abilities: str) -> None:
        """The engine can't do these."""
        lacking: dict[str, Any] = {
            "prefill": {"prefill": "none"},
            "logprobs": {"logprobs": False},
            "schema": {"schema": False},
            "infill": {"suffix": False},
        }
        for ability in abilities:
            self.engine.traits = replace(self.engine.traits, **lacking[ability])

    def persona(self, **changes: Any) -> None:
        self.context = replace(self.context, persona=replace(self.context.persona, **changes))

    def stream(self, text: str) -> AsyncGenerator[ReviewEvent]:
        return review_units(self.context, plan(text, "python"), Fallback(), print)

    async def run(self, text: str) -> list[ReviewEvent]:
        async with aclosing(self.stream(text)) as stream:
            return [event async for event in stream]

    async def until_asked(self, count: int) -> None:
        """Waits until so many requests have left, and lets everyone else go on a little."""
        async with asyncio.timeout(10):
            while len(self.kinds) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)

    async def one(self, text: str) -> UnitFinished:
        """The end of a text of one unit."""
        (end,) = finished(await self.run(text))
        return end

    @property
    def steps(self) -> list[tuple[str, str]]:
        """What the journal says: (kind, event)."""
        return [(line["kind"], line["event"]) for line in map(json.loads, self._lines())]

    def _lines(self) -> Sequence[str]:
        return self.journal.read_text(encoding="utf-8").splitlines()

    @property
    def kinds(self) -> list[str]:
        """The kinds of the requests, in order."""
        return [kind for kind, event in self.steps if event == "started"]


class Watched(ScriptedEngine):
    """Keeps the chat requests."""

    def __init__(self, rules: list[Rule], journal: Path) -> None:
        super().__init__(rules, journal)
        self.asked: list[ChatRequest] = []
        # The answer to every chat, where the script isn't enough.
        self.deltas: list[Delta] = []
        self.thinking: Thinking = "none"

    async def describe(self, model: ModelInfo) -> ModelInfo:
        found = await super().describe(model)
        return replace(found, abilities=replace(found.abilities, thinking=Fact(self.thinking, "engine")))

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        self.asked.append(request)
        if self.deltas:
            for delta in self.deltas:
                yield delta
            return
        async with aclosing(super().chat(request)) as stream:
            async for delta in stream:
                yield delta


def finished(events: Sequence[ReviewEvent]) -> list[UnitFinished]:
    return [event for event in events if isinstance(event, UnitFinished)]


def failed(events: Sequence[ReviewEvent]) -> list[str]:
    return [event.unit.name for event in events if isinstance(event, UnitFailed)]


def found(events: Sequence[ReviewEvent]) -> list[Finding]:
    """The findings as they first appeared."""
    return [event.finding for event in events if isinstance(event, FindingFound)]


def order(events: Sequence[ReviewEvent], unit: Unit) -> list[str]:
    """What happened to one unit: the names of its events, repeated ones once."""
    names = [type(event).__name__ for event in events if event.unit == unit]
    return [name for place, name in enumerate(names) if names[place - 1 : place] != [name]]
