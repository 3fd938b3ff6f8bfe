"""Looks for a fix that a check passes: the check fails, suspects, candidates, verdicts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from postil.core.verify.broken import said
from postil.core.verify.complaint import Complaint, complaint_of, in_workspace, with_source
from postil.core.verify.oracle import TestOracle
from postil.core.verify.outcome import Outcome
from postil.core.verify.suspects import Suspect
from postil.core.verify.verdict import unsteady_tests
from postil.service.review.context import ReviewContext
from postil.service.verify.check import Check
from postil.service.verify.copy.scratch import scratch_copy
from postil.service.verify.events import (
    CheckEnded,
    CheckStarted,
    Complained,
    Ended,
    Ending,
    FixEvent,
)
from postil.service.verify.executed import Functions
from postil.service.verify.look import Look
from postil.service.verify.mend import Mending
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import FixRequest, Work

# Failing tests that are looked at for one whose trace leads into the code.
_LOOKED_AT = 5
# Other failing tests of which more than the name is told: an editor shows each as a note.
_TOLD = 50
# Other failing tests that a model is told in turns; each costs the reading of its words.
_AKIN = 2
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
        functions = Functions(self.work.check)
        again = await functions.run(before, max(self.work.left, 1.0))
        yield CheckEnded("the same again", again)
        if again.stopped:
            raise CheckTrouble(f"the check can't be used: it ended once, then {again.stopped}")
        unsteady, wanted = unsteady_tests(before, again), self.work.request.test
        stable = sorted((name for name in before.failing if name in again.failing), key=lambda name: name != wanted)
        without = self.work.request.without
        if stable and all(name in without for name in stable):
            yield self._ended("nothing", "No other test fails")
            return
        stable = [name for name in stable if name not in without]
        if again.passes or (before.failing and not stable):
            yield self._ended("flaky", "The check is flaky: it failed, and passed when it was run again.")
            return
        request = self.work.request
        scratch = self.work.check.scratch
        # What the check has changed is no suspect.
        await self.work.check.settle()
        look = await Look.at(request.workspace, scratch.root, request.scope, request.command)
        complaint, suspects = await self._suspects(look, functions, before, stable)
        one, other = (complaint_of(outcome, complaint.test or None) for outcome in (before, again))
        steady = said(one.words) == said(other.words)
        self.work.oracle = TestOracle(before, complaint.test, unsteady, steady)
        others = tuple(name for name in stable if name != complaint.test)
        root, folder = str(scratch.root), self.work.check.folder
        more = tuple(in_workspace(complaint_of(before, name), root, folder) for name in others[:_TOLD])
        yield Complained(complaint, others, tuple(sorted(unsteady)), more)
        akin = self._akin(look, before, others, suspects)
        async with aclosing(Mending(self.work, self.opened).events(look, complaint, suspects, akin)) as events:
            async for event in events:
                yield event

    def _akin(
        self, look: Look, before: Outcome, others: Sequence[str], suspects: Sequence[Suspect]
    ) -> tuple[Complaint, ...]:
        """The complaints of other failing tests with the same first suspect among theirs: one defect often fails
        several tests, and one of them says more than another."""
        folder, found = self.work.check.folder, list[Complaint]()
        for test in others[:_AKIN] if suspects else ():
            complaint = complaint_of(before, test)
            if any(one.key == suspects[0].key for one in look.suspects(complaint, folder)):
                complaint = with_source(complaint, look.test_source(complaint, folder))
                found.append(in_workspace(complaint, str(self.work.check.scratch.root), folder))
        return tuple(found)

    async def _first(self) -> Outcome:
        before = await self.work.check.run(self.work.request.seconds)
        if before.stopped:
            seconds = self.work.request.budget.seconds
            raise CheckTrouble(f"the check can't be used: {before.stopped}. Name a smaller one, or raise {seconds}")
        last = before.text.strip().rpartition("\n")[2]
        if before.missing:
            raise CheckTrouble(f"the check can't be started: {last or f'exit code {before.exit_code}'}")
        if before.untested and not before.passes:
            raise CheckTrouble(f"the check runs no test: {last or f'exit code {before.exit_code}'}")
        return before

    async def _suspects(
        self, look: Look, functions: Functions, before: Outcome, stable: list[str]
    ) -> tuple[Complaint, list[Suspect]]:
        """The failing test to mend, and its suspects: the one that was asked for, else one whose trace leads into the
        code, else the first that has suspects."""
        folder, wanted = self.work.check.folder, self.work.request.test
        found: list[tuple[Complaint, list[Suspect]]] = []
        for test in stable[:_LOOKED_AT] or [None]:
            complaint = complaint_of(before, test)
            suspects = look.suspects(complaint, folder)
            found.append((complaint, suspects))
            if suspects and (suspects[0].traced or test == wanted):
                break
        last = found[-1]
        chosen = bool(last[1]) and (last[1][0].traced or last[0].test == wanted)
        complaint, suspects = last if chosen else next((one for one in found if one[1]), found[0])
        executed = await functions.of(complaint.test, before, max(self.work.left, 1.0))
        if executed:
            suspects = look.suspects(complaint, folder, executed)
        complaint = with_source(complaint, look.test_source(complaint, folder))
        return in_workspace(complaint, str(self.work.check.scratch.root), folder), suspects

    def _ended(self, ending: Ending, words: str) -> Ended:
        return Ended(ending, words, self.work.cost)


def _passing(outcome: Outcome) -> str:
    count = len(outcome.passing)
    return f"All {count} tests pass" if count > 1 else "The check passes"
