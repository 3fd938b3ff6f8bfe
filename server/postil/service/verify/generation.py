"""Asks a model for candidates, one after the other, while those before are being checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from postil.core.redaction import texts_of
from postil.core.request import ChatRequest, Usage
from postil.core.review.profile import Way
from postil.core.verify.rewrites.candidate import UNCHANGED, Candidate, NoCandidate, is_known, read_candidate
from postil.core.verify.rewrites.lines import read_line
from postil.core.verify.rewrites.prompt import LEAST, Refused, RepairPrompt
from postil.engine.base import Engine, StreamBroken

# Candidates that wait for their check. With more, what the check says of one would come too late for the next question.
AHEAD = 2


@dataclass(slots=True)
class Generation:
    """The candidates for one suspect. `refused` grows while they are checked, `usage` while they are written. `before`:
    how many answers count already, of other suspects. `others`: there are more suspects; `first`: so that this one is
    left when the model's likeliest answers are the unit as it is. Of the `answers` `rewrites` were whole ones, and
    `copies` of these the unit as it is."""

    engine: Engine
    prompt: RepairPrompt
    samples: int
    refused: list[Refused] = field(default_factory=list[Refused])
    known: list[Candidate] = field(default_factory=list[Candidate])
    usage: Usage = field(default_factory=Usage)
    answers: int = 0
    before: int = 0
    others: bool = False
    first: bool = True
    rewrites: int = 0
    copies: int = 0
    sweeps: int = 0

    async def candidates(self) -> AsyncGenerator[Candidate | NoCandidate]:
        """Each candidate that is a new one, or why an answer is none, up to `samples` answers in all. Raises
        EngineError."""
        while self.answers < self.samples and not self._hopeless:
            number = self.answers
            way = self.prompt.way(number, copies=self._copied, others=self.others)
            if way == "refused" and not self.refused:
                way = "alone" if self.copies else "told"
            self.answers += 1
            async with aclosing(self._sweep(number) if way == "lines" else self._rewrite(way, number)) as found:
                async for one in found:
                    yield one

    @property
    def _copied(self) -> bool:
        """Whether the model copies what it sees: a sample or a unit that it doesn't see are no other sign."""
        return 0 < self.copies >= min(2, self.rewrites)

    @property
    def _hopeless(self) -> bool:
        return self.others and self.first and self.answers >= LEAST and self._copied

    async def _rewrite(self, way: Way, number: int) -> AsyncGenerator[Candidate | NoCandidate]:
        """One answer: the whole unit."""
        prompt = self.prompt
        text = ""
        try:
            request = prompt.request(way, number, self.refused[-1] if way == "refused" else None)
            text, anew, cut = await self._answer(request)
            found = read_candidate(prompt.unit, prompt.begun(way), text, anew=anew, asked=way, cut=cut)
        except StreamBroken as error:
            found = f"was cut off ({error})"
        self.rewrites += 1
        self.copies += found == UNCHANGED
        yield self._counted(found, text, way)

    async def _sweep(self, number: int) -> AsyncGenerator[Candidate | NoCandidate]:
        """One answer in parts: each line of the unit by itself. What is no candidate is told of once, if none is."""
        prompt = self.prompt
        way: Way = "lines"
        last: NoCandidate | None = None
        some = False
        # The first is the likeliest.
        seed = number if self.sweeps else 0
        self.sweeps += 1
        for row in prompt.rows():
            text = ""
            try:
                text, anew, _ = await self._answer(prompt.line_request(row, seed))
                found = "began anew" if anew else read_line(prompt.unit, row, text, way)
            except StreamBroken as error:
                anew, found = True, f"was cut off ({error})"
            one = self._counted(found, text, way)
            if isinstance(one, Candidate):
                some = True
                yield one
            elif last is None or one.why != UNCHANGED:
                last = one
            if anew:
                break
        if not some:
            yield last or self._counted("wasn't asked: it has no line of code", "", way)

    def _counted(self, found: Candidate | str, text: str, way: Way) -> Candidate | NoCandidate:
        """What an answer is, with its number."""
        number = self.before + self.answers
        if isinstance(found, Candidate):
            if not is_known(found, self.known, self.prompt.unit):
                self.known.append(found)
                return replace(found, number=number)
            found = "wrote the same again"
        return NoCandidate(found, text, way, number)

    async def ask(self, request: ChatRequest) -> str:
        """The answer to another question, which counts for the usage only. Raises EngineError."""
        return (await self._answer(request))[0]

    async def _answer(self, request: ChatRequest) -> tuple[str, bool, bool]:
        """What the model wrote, whether it began anew, and whether the limit of tokens ended it."""
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
            told = self.prompt.profile.estimate_tokens("".join(texts_of(request)))
            self.usage += usage or Usage(told, pieces)
        return text, anew, cut


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
