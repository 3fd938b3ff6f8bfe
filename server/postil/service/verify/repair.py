"""Looks for a fix that a check passes: the check fails, suspects, candidates, verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.review.profile import profiles
from postil.core.verify.broken import said
from postil.core.verify.complaint import Complaint, complaint_of, with_source
from postil.core.verify.outcome import Outcome
from postil.core.verify.prompt import RepairPrompt, shares
from postil.core.verify.suspects import Suspect
from postil.core.verify.verdict import unsteady_tests
from postil.service.review.context import ReviewContext
from postil.service.verify.attempt import Attempt
from postil.service.verify.check import Check
from postil.service.verify.events import (
    CheckEnded,
    CheckStarted,
    Complained,
    Ended,
    Ending,
    Fixed,
    FixEvent,
    Suspected,
    SuspectPassed,
)
from postil.service.verify.generation import Generation
from postil.service.verify.look import Look, SourceFile
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
        work = Work(request, Check(scratch, request.command, folder))
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
        self.work.before = before
        yield CheckEnded(_AS_IT_IS, before)
        if before.passes:
            yield self._ended("nothing", f"{_passing(before)}: there is nothing to fix")
            return
        yield CheckStarted("the same again")
        again = await self.work.check.run(max(self.work.left, 1.0))
        yield CheckEnded("the same again", again)
        if again.stopped:
            raise CheckTrouble(f"the check can't be used: it ended once, then {again.stopped}")
        self.work.unsteady = unsteady_tests(before, again)
        stable = [name for name in before.failing if name in again.failing]
        if again.passes or (before.failing and not stable):
            yield self._ended("flaky", "The check is flaky: it failed, and passed when it was run again.")
            return
        request = self.work.request
        scratch = self.work.check.scratch
        # What the check has changed is no suspect.
        await asyncio.to_thread(scratch.restore)
        look = await Look.at(request.workspace, scratch.root, request.scope, request.command)
        complaint, suspects = self._suspects(look, before, stable)
        self.work.test = complaint.test
        one, other = (complaint_of(outcome, self.work.test or None) for outcome in (before, again))
        self.work.steady = said(one.words) == said(other.words)
        others = tuple(name for name in stable if name != self.work.test)
        yield Complained(complaint, others, tuple(sorted(self.work.unsteady)))
        yield Suspected(tuple(suspects))
        async with aclosing(self._mended(look, complaint, suspects)) as events:
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
            complaint = replace(complaint, words=complaint.words.replace(f"{root}/", ""))
            complaint = with_source(complaint, look.test_source(complaint, folder))
            found.append((complaint, suspects))
            if suspects and suspects[0].traced:
                return found[-1]
        return next((one for one in found if one[1]), found[0])

    async def _mended(self, look: Look, complaint: Complaint, suspects: list[Suspect]) -> AsyncGenerator[FixEvent]:
        """Asks about one suspect after the other, and then once more, if those that were passed over or left early have
        left answers; yields Ended at last."""
        samples, work = self.work.request.samples, self.work
        context = await self.opened() if suspects else None
        planned = shares(samples, len(suspects))
        proved: list[Attempt] = []
        for number, suspect in enumerate(suspects):
            file = look.read(suspect.path)
            if samples <= 0 or work.left <= 0 or file is None or context is None:
                continue
            prompt = await _prompt(context, suspect, file, complaint)
            if not prompt.fits:
                tokens = prompt.load.num_ctx
                yield SuspectPassed(suspect, f"it and its rewrite don't fit into num_ctx ({tokens} tokens)")
                continue
            share = min(samples, planned[number] if number < len(planned) else 1)
            spent, others = work.request.samples - samples, len(suspects) > 1
            generation = Generation(context.engine, prompt, share, before=spent, others=others)
            work.generations.append(generation)
            attempt = Attempt(work, suspect, file, generation)
            async with aclosing(attempt.events()) as events:
                async for event in events:
                    yield event
            if attempt.proved:
                proved.append(attempt)
                samples -= generation.answers
            if attempt.fixed is not None:
                yield self._ended("fixed", attempt.fixed.verdict.words, attempt.fixed)
                return
        for attempt in proved[:1]:
            if samples <= 0 or work.left <= 0:
                break
            generation, told = attempt.generation, attempt.generation.answers
            generation.before = work.request.samples - samples - told
            generation.samples, generation.others = told + samples, False
            async with aclosing(attempt.events()) as events:
                async for event in events:
                    yield event
            if attempt.fixed is not None:
                yield self._ended("fixed", attempt.fixed.verdict.words, attempt.fixed)
                return
        yield self._ended("unfixed", self._why_not(suspects))

    def _why_not(self, suspects: list[Suspect]) -> str:
        if not suspects:
            return (
                "Nothing that the failure names is code that may be changed here: name the files that may be at fault."
            )
        if not self.work.proved and not self.work.late:
            return "Every suspect was passed over: a fix of it would prove nothing."
        more = (
            " The time is up: --seconds gives more."
            if self.work.late or self.work.left <= 0
            else " --samples asks for more."
        )
        return (
            f"None of {self.work.tried} candidates passed the check.{more}"
            if self.work.tried
            else f"No candidate.{more}"
        )

    def _ended(self, ending: Ending, words: str, fixed: Fixed | None = None) -> Ended:
        return Ended(ending, words, self.work.cost, fixed)


async def _prompt(context: ReviewContext, suspect: Suspect, file: SourceFile, complaint: Complaint) -> RepairPrompt:
    facts = context.facts or await context.engine.facts()
    model = await context.engine.describe(facts.model(context.model))
    profile, reasoning = profiles()[model.profile], context.reasoning(model.abilities)
    path, num_ctx = suspect.path, context.settings.num_ctx
    return RepairPrompt(
        context.model, profile, context.persona, suspect.unit, path, file.lines, complaint, num_ctx, reasoning
    )


def _passing(outcome: Outcome) -> str:
    count = len(outcome.passing)
    return f"All {count} tests pass" if count > 1 else "The check passes"
