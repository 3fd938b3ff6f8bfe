"""Asks a model for candidates, one after the other, while those before are being checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from postil.core.redaction import texts_of
from postil.core.request import Usage
from postil.core.review.profile import Way
from postil.core.verify.candidate import UNCHANGED, Candidate, NoCandidate, is_known, read_candidate
from postil.core.verify.prompt import Refused, RepairPrompt
from postil.engine.base import Engine, StreamBroken

# Candidates that wait for their check. With more, what the check says of one would come too late for the next question.
AHEAD = 2


@dataclass(slots=True)
class Generation:
    """The candidates for one suspect. `refused` grows while they are checked, `usage` while they are written. `before`:
    how many answers count already, of other suspects. `others`: there are more suspects, so that this one is left when
    the model's likeliest answers are the unit as it is."""

    engine: Engine
    prompt: RepairPrompt
    samples: int
    refused: list[Refused] = field(default_factory=list[Refused])
    known: list[Candidate] = field(default_factory=list[Candidate])
    usage: Usage = field(default_factory=Usage)
    answers: int = 0
    before: int = 0
    others: bool = False
    unchanged: int = 0

    async def candidates(self) -> AsyncGenerator[Candidate | NoCandidate]:
        """Each candidate that is a new one, or why an answer is none, up to `samples` answers in all. Raises
        EngineError."""
        greedy = self.prompt.profile.repair.greedy
        while self.answers < self.samples and not (self.others and self.unchanged == greedy == self.answers):
            number = self.answers
            way = self.prompt.way(number, self.unchanged)
            if way == "refused" and not self.refused:
                way = "alone" if self.unchanged else "told"
            text = ""
            try:
                text, found = await self._answer(number, way)
            except StreamBroken as error:
                found = f"was cut off ({error})"
            self.answers += 1
            self.unchanged += found == UNCHANGED
            if isinstance(found, Candidate):
                if is_known(found, self.known, self.prompt.unit):
                    found = "wrote the same again"
                else:
                    self.known.append(found)
            counted = self.before + self.answers
            yield NoCandidate(found, text, way, counted) if isinstance(found, str) else replace(found, number=counted)

    async def _answer(self, number: int, way: Way) -> tuple[str, Candidate | str]:
        """What the model wrote, and what it is."""
        prompt = self.prompt
        request = prompt.request(way, number, self.refused[-1] if way == "refused" else None)
        text, anew, usage, pieces, cut = "", not request.prefill, None, 0, False
        try:
            async with aclosing(self.engine.chat(request)) as stream:
                async for delta in stream:
                    if delta.anew:
                        text, anew = "", True
                    text += delta.text
                    pieces += bool(delta.text or delta.thinking)
                    usage = delta.usage or usage
                    cut = delta.finish == "length"
        finally:
            self.usage += usage or Usage(prompt.profile.estimate_tokens("".join(texts_of(request))), pieces)
        return text, read_candidate(prompt.unit, prompt.begun(way), text, anew=anew, asked=way, cut=cut)


class Ahead:
    """A generation that runs by itself, with a queue between it and who checks. Use as a context manager."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._queue: asyncio.Queue[Candidate | NoCandidate | BaseException | None] = asyncio.Queue(AHEAD)
        self._task: asyncio.Task[None] | None = None
        self._over = False

    async def __aenter__(self) -> Ahead:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            async with aclosing(self._generation.candidates()) as found:
                async for one in found:
                    await self._queue.put(one)
            await self._queue.put(None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - who reads the queue raises it
            await self._queue.put(error)

    async def take(self, seconds: float) -> Candidate | NoCandidate | None:
        """The next one; None when there is none any more. Raises TimeoutError, and what the generation raised."""
        if self._over:
            return None
        return self._taken(await asyncio.wait_for(self._queue.get(), max(0.0, seconds)))

    def take_now(self) -> list[Candidate | NoCandidate]:
        """Those that wait already."""
        found: list[Candidate | NoCandidate] = []
        while not self._over and not self._queue.empty():
            one = self._taken(self._queue.get_nowait())
            if one is not None:
                found.append(one)
        return found

    def _taken(self, one: Candidate | NoCandidate | BaseException | None) -> Candidate | NoCandidate | None:
        if isinstance(one, BaseException):
            self._over = True
            raise one
        self._over = self._over or one is None
        return one
