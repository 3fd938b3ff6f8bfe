"""Looks for a fix that a check passes: the check fails, suspects, candidates, verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.verify.broken import said
from postil.core.verify.complaint import Complaint, complaint_of
from postil.core.verify.oracle import TestOracle
from postil.core.verify.outcome import Outcome
from postil.core.verify.places import Place, inside
from postil.core.verify.suspects import Suspect
from postil.core.verify.verdict import unsteady_tests
from postil.service.review.context import ReviewContext
from postil.service.verify.check import Check
from postil.service.verify.events import (
    CheckEnded,
    CheckStarted,
    Complained,
    Ended,
    Ending,
    FixEvent,
    Suspected,
)
from postil.service.verify.look import Look
from postil.service.verify.mend import Mending
from postil.service.verify.scratch import scratch_copy
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import FixRequest, Work

# Failing tests that are looked at for one whose trace leads into the code.
_LOOKED_AT = 5
_AS_IT_IS = "the code as it is"


async def find_fix(request: FixRequest, opened: Callable[[], Awaitable[ReviewContext]]) -> AsyncGenerator[FixEvent]:
    """Yields what happens, and Ended at last. Nothing of the user's tree is changed. `opened`: asked for the engine and
    the model when the check has failed. Raises CheckTrouble, EngineError."""
    async with scratch_copy(request.workspace, request.unsaved) as scratch:
        folder = request.folder.relative_to(request.workspace).as_posix()
        work = Work(request, Check(scratch, request.command, folder), TestOracle(Outcome(0, None)))
        async with aclosing(_Repair(work, opened).events()) as events:
            async for event in events:
                yield event


@dataclass(slots=True)
class _Repair:
    work: Work
    opened: Callable[[], Awaitable[ReviewContext]]

    async def events(self) -> AsyncGenerator[FixEvent]:
        yield CheckStarted(_AS_IT_IS)
        before = await self._first()
        yield CheckEnded(_AS_IT_IS, before)
        if before.passes:
            yield self._ended("nothing", f"{_passing(before)}: there is nothing to fix")
            return
        yield CheckStarted("the same again")
        again = await self.work.check.run(max(self.work.left, 1.0))
        yield CheckEnded("the same again", again)
        if again.stopped:
            raise CheckTrouble(f"the check can't be used: it ended once, then {again.stopped}")
        unsteady, wanted = unsteady_tests(before, again), self.work.request.test
        stable = sorted((name for name in before.failing if name in again.failing), key=lambda name: name != wanted)
        if again.passes or (before.failing and not stable):
            yield self._ended("flaky", "The check is flaky: it failed, and passed when it was run again.")
            return
        request = self.work.request
        scratch = self.work.check.scratch
        # What the check has changed is no suspect.
        await asyncio.to_thread(self.work.check.restore)
        look = await Look.at(request.workspace, scratch.root, request.scope, request.command)
        complaint, suspects = self._suspects(look, before, stable)
        one, other = (complaint_of(outcome, complaint.test or None) for outcome in (before, again))
        steady = said(one.words) == said(other.words)
        self.work.oracle = TestOracle(before, complaint.test, unsteady, steady)
        others = tuple(name for name in stable if name != complaint.test)
        yield Complained(complaint, others, tuple(sorted(unsteady)))
        yield Suspected(tuple(suspects))
        async with aclosing(Mending(self.work, self.opened).events(look, complaint, suspects)) as events:
            async for event in events:
                yield event

    async def _first(self) -> Outcome:
        before = await self.work.check.run(self.work.request.seconds)
        if before.stopped:
            raise CheckTrouble(f"the check can't be used: {before.stopped}. Name a smaller one, or raise --seconds")
        last = before.text.strip().rpartition("\n")[2]
        if before.missing:
            raise CheckTrouble(f"the check can't be started: {last or f'exit code {before.exit_code}'}")
        if before.untested and not before.passes:
            raise CheckTrouble(f"the check runs no test: {last or f'exit code {before.exit_code}'}")
        return before

    def _suspects(self, look: Look, before: Outcome, stable: list[str]) -> tuple[Complaint, list[Suspect]]:
        """A failing test, if one can be found whose trace leads into the code, and its suspects."""
        root, folder = self.work.check.scratch.root, self.work.check.folder
        found: list[tuple[Complaint, list[Suspect]]] = []
        for test in stable[:_LOOKED_AT] or [None]:
            complaint = complaint_of(before, test)
            suspects = look.suspects(complaint, folder)
            places = tuple(
                Place(path, place.line)
                for place in complaint.places
                if (path := inside(place.path, str(root), folder)) is not None
            )
            complaint = replace(complaint, words=complaint.words.replace(f"{root}/", ""), places=places)
            found.append((complaint, suspects))
            if suspects and (suspects[0].traced or test == self.work.request.test):
                return found[-1]
        return next((one for one in found if one[1]), found[0])

    def _ended(self, ending: Ending, words: str) -> Ended:
        return Ended(ending, words, self.work.cost)


def _passing(outcome: Outcome) -> str:
    count = len(outcome.passing)
    return f"All {count} tests pass" if count > 1 else "The check passes"
