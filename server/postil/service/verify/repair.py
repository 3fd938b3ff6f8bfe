"""Looks for a fix that a check passes: the check fails, suspects, candidates, verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.verify.broken import said
from postil.core.verify.complaint import Complaint, complaint_of, with_source
from postil.core.verify.oracle import TestOracle
from postil.core.verify.outcome import Outcome
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
from postil.service.verify.executed import Functions
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
    async with scratch_copy(request.workspace) as scratch:
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
        functions = Functions(self.work.check)
        again = await functions.run(before, max(self.work.left, 1.0))
        yield CheckEnded("the same again", again)
        if again.stopped:
            raise CheckTrouble(f"the check can't be used: it ended once, then {again.stopped}")
        unsteady = unsteady_tests(before, again)
        stable = [name for name in before.failing if name in again.failing]
        if again.passes or (before.failing and not stable):
            yield self._ended("flaky", "The check is flaky: it failed, and passed when it was run again.")
            return
        request = self.work.request
        scratch = self.work.check.scratch
        # What the check has changed is no suspect.
        await asyncio.to_thread(self.work.check.restore)
        look = await Look.at(request.workspace, scratch.root, request.scope, request.command)
        complaint, suspects = await self._suspects(look, functions, before, stable)
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

    async def _suspects(
        self, look: Look, functions: Functions, before: Outcome, stable: list[str]
    ) -> tuple[Complaint, list[Suspect]]:
        """A failing test, if one can be found whose trace leads into the code, and its suspects."""
        found: list[tuple[Complaint, list[Suspect]]] = []
        for test in stable[:_LOOKED_AT] or [None]:
            complaint = complaint_of(before, test)
            suspects = look.suspects(complaint, self.work.check.folder)
            found.append((complaint, suspects))
            if suspects and suspects[0].traced:
                break
        complaint, suspects = next((one for one in reversed(found) if one[1] and one[1][0].traced), found[0])
        executed = await functions.of(complaint.test, before, max(self.work.left, 1.0))
        if executed:
            suspects = look.suspects(complaint, self.work.check.folder, executed)
        elif not suspects:
            complaint, suspects = next((one for one in found if one[1]), found[0])
        words = complaint.words.replace(f"{self.work.check.scratch.root}/", "")
        source = look.test_source(complaint, self.work.check.folder)
        return with_source(replace(complaint, words=words), source), suspects

    def _ended(self, ending: Ending, words: str) -> Ended:
        return Ended(ending, words, self.work.cost)


def _passing(outcome: Outcome) -> str:
    count = len(outcome.passing)
    return f"All {count} tests pass" if count > 1 else "The check passes"
