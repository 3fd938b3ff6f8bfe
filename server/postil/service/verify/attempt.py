"""One suspect: the control, each candidate of a model's while it writes the next, those that need no model."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from postil.core.verify.broken import broken_body, unreadable
from postil.core.verify.complaint import Complaint
from postil.core.verify.outcome import Outcome
from postil.core.verify.patch import Patch, difference
from postil.core.verify.rewrites.candidate import Candidate, change_size, rewritten
from postil.core.verify.rewrites.fooling import warnings_of
from postil.core.verify.rewrites.mechanical import mechanical
from postil.core.verify.rewrites.prompt import Refused
from postil.core.verify.rewrites.smaller import parts, without_part
from postil.core.verify.suspects import Suspect
from postil.core.verify.verdict import Verdict, refuted
from postil.service.verify.apply import patched
from postil.service.verify.events import Answered, CheckStarted, Fixed, FixEvent, SuspectPassed, SuspectStarted, Tried
from postil.service.verify.generation import Ahead, Generation
from postil.service.verify.look import SourceFile
from postil.service.verify.work import Work

# Runs that are spent on making a fix smaller.
_LESS = 6


@dataclass(slots=True)
class Attempt:
    """The candidates of one suspect, for a `complaint`. `proved`: the check has noticed that it was broken; `passed`:
    it hasn't, and so nothing can be proved; `refused`: a model's rewrites, which the next one is told; `fixed`: the
    patch that holds."""

    work: Work
    suspect: Suspect
    file: SourceFile
    complaint: Complaint
    proved: bool = False
    passed: bool = False
    refused: list[Refused] = field(default_factory=list[Refused])
    fixed: Fixed | None = None
    # What the check said of `fixed`, and the candidate that it is.
    after: Outcome | None = None
    held: Candidate | None = None

    async def events(self, generation: Generation) -> AsyncGenerator[FixEvent]:
        """Checks what the model writes. May be asked again when `generation` may give more answers."""
        left = generation.samples - generation.answers
        async with Ahead(generation) as ahead:
            async with aclosing(self._proving()) as events:
                async for event in events:
                    yield event
            if not self.proved:
                return
            yield SuspectStarted(self.suspect, left, generation.prompt.told)
            async with aclosing(self._checked(ahead)) as events:
                async for event in events:
                    yield event
        # The model has stopped: the check has the machine for itself.
        async with aclosing(self._smaller()) as events:
            async for event in events:
                yield event

    async def without_model(self) -> AsyncGenerator[FixEvent]:
        """Checks the suspect's mechanical changes, until one holds."""
        async with aclosing(self._proving()) as events:
            async for event in events:
                yield event
        if not self.proved:
            return
        yield CheckStarted(f"small changes of {self.suspect.unit.name}, without the model")
        candidates = mechanical(self.suspect.unit, self.file.lines)
        # In a thread: of a long function a hundred may be read before one is a candidate.
        while (candidate := await asyncio.to_thread(next, candidates, None)) is not None:
            if self.work.left <= 0:
                self.work.late = True
                return
            found, _ = await self._verdict(candidate)
            self.work.tried += 1
            if found.holds:
                yield Tried(self.work.tried, found, self.suspect, candidate)
                return

    async def _proving(self) -> AsyncGenerator[FixEvent]:
        """The control, unless it has run."""
        suspect, work = self.suspect, self.work
        if self.proved:
            return
        reads_text = work.oracle.reads_text(traced=suspect.traced)
        if not (reads_text and suspect.path in work.noticed):
            yield CheckStarted(f"a broken {suspect.unit.name}, which it must notice")
            unproved = await self._control(reads_text=reads_text)
            if unproved:
                self.passed = True
                yield SuspectPassed(suspect, unproved)
                return
        self.proved = work.proved = True
        if reads_text:
            work.noticed.add(suspect.path)

    async def _checked(self, ahead: Ahead) -> AsyncGenerator[FixEvent]:
        """Checks what the generation gives, the smallest change of those that wait first, until one holds; then only
        those that wait and are smaller still."""
        work = self.work
        waiting: list[Candidate] = []
        while True:
            answers = ahead.take_now()
            if not answers and not waiting and self.fixed is None:
                try:
                    one = await ahead.take(work.left)
                except TimeoutError:
                    work.late = True
                    return
                if one is None:
                    return
                answers = [one]
            for answer in answers:
                if isinstance(answer, Candidate):
                    waiting.append(answer)
                else:
                    yield Answered(self.suspect, answer)
            best = self.fixed
            if best is not None:
                waiting = [one for one in waiting if one.size < _size(best)]
            if not waiting:
                if best is not None:
                    return
                continue
            if work.left <= 0:
                work.late = True
                return
            candidate = min(waiting, key=lambda one: one.size)
            waiting.remove(candidate)
            yield CheckStarted(f"candidate {work.tried + 1}")
            found, why = await self._verdict(candidate)
            if why:
                self.refused.append(Refused(candidate.text, why))
            work.tried += 1
            yield Tried(work.tried, found, self.suspect, candidate)

    async def _smaller(self) -> AsyncGenerator[FixEvent]:
        """Takes back what the fix changes and the check doesn't need, one place after the other."""
        work, old, part, tried = self.work, self.suspect.unit.text, 0, 0
        while self.held is not None and tried < _LESS and work.left > 0:
            held = self.held
            count = parts(old, held.text)
            if count == 1 or part >= count:
                return
            less = rewritten(self.suspect.unit, without_part(old, held.text, part), held.asked)
            if not isinstance(less, Candidate):
                part += 1
                continue
            less = replace(less, number=held.number)
            tried += 1
            yield CheckStarted("the fix without a part of it")
            found, _ = await self._verdict(less)
            work.tried += 1
            part += not found.holds
            yield Tried(work.tried, found, self.suspect, less)

    async def _verdict(self, candidate: Candidate) -> tuple[Verdict, str]:
        """Runs the check on a candidate, twice if it passes; keeps it as `fixed` when it holds. And why it was refused,
        as a model is told it."""
        work = self.work
        refusal = work.oracle.refusal(self.suspect.unit, candidate.text)
        if refusal:
            return Verdict(False, refusal), refusal
        patch = Patch(self.suspect.path, self.suspect.unit, candidate.text)
        try:
            data = patched(self.file.data, self.file.source, patch)
        except UnicodeError:
            return Verdict(False, f"it has a character that {self.file.source.encoding} hasn't got"), ""
        found, after = Verdict(False, ""), None
        for number in range(2):
            after = await work.run(self.suspect.path, data)
            found = work.oracle.verdict(after)
            if not found.holds:
                found = replace(found, words=f"it passed once, then {found.words}") if number else found
                return found, refuted(found, after).replace(f"{work.check.scratch.root}/", "")
        if work.guard is not None:
            kept = await work.guard.verdict(max(work.left, 1.0), {self.suspect.path: data})
            if not kept.holds:
                return kept, kept.words
            found = replace(found, words=f"{found.words}; {kept.words}")
        self.after, self.held = after, candidate
        encoding = self.file.source.encoding
        old, new = (one.decode(encoding, "replace") for one in (self.file.data, data))
        self.fixed = Fixed(
            patch,
            found,
            warnings_of(self.suspect.unit, candidate.text, self.complaint.words),
            self.file.data,
            data,
            self.file.path,
            difference(self.suspect.path, old, new),
            encoding,
        )
        return found, ""

    async def _control(self, *, reads_text: bool) -> str:
        """Why a verdict would prove nothing; "" when the check has noticed that the unit was broken."""
        unit, mark = self.suspect.unit, f"postil_control_{uuid.uuid4().hex[:8]}"
        body = None if reads_text else broken_body(unit, mark)
        if body is not None and await self._noticed(body, mark):
            return ""
        if await self._noticed(unreadable(unit.text, mark), mark):
            return "" if body is None else "the failing test doesn't run it"
        return (
            "the check doesn't notice when it is broken: it may run another copy of the code (an installed package, a "
            "cached result)"
        )

    async def _noticed(self, text: str, mark: str) -> bool:
        path = self.suspect.path
        data = patched(self.file.data, self.file.source, Patch(path, self.suspect.unit, text))
        broken = await self.work.run(path, data)
        return self.work.oracle.noticed(broken, mark)


def _size(fixed: Fixed) -> tuple[int, int]:
    return change_size(fixed.patch.unit.text, fixed.patch.text)
