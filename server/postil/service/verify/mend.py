"""Looks at one suspect of a complaint after the other, first with and then without a model, until a candidate holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.review.profile import profiles
from postil.core.verify.complaint import Complaint
from postil.core.verify.outcome import Outcome
from postil.core.verify.rewrites.prompt import RepairPrompt, share
from postil.core.verify.rewrites.which import named_first, which_request
from postil.core.verify.suspects import Suspect
from postil.engine.base import StreamBroken
from postil.service.review.context import ReviewContext
from postil.service.verify.attempt import Attempt
from postil.service.verify.definitions import used_by
from postil.service.verify.events import Ended, Ending, Fixed, FixEvent, Suspected, SuspectPassed
from postil.service.verify.generation import Generation
from postil.service.verify.look import Look, SourceFile
from postil.service.verify.work import Work

# Of the time for a fix: what is kept for the changes that need no model. A check that hasn't so many runs in it is left
# to the model: the likeliest kinds of change are some twenty of a function's candidates.
_MECHANICAL_SHARE, _LEAST_RUNS = 0.2, 20


@dataclass(slots=True)
class Mending:
    """The suspects of the complaint of `work`. `fixed`: the patch that holds; `after`: what the check said of it."""

    work: Work
    opened: Callable[[], Awaitable[ReviewContext]]
    fixed: Fixed | None = None
    after: Outcome | None = None

    async def events(
        self, look: Look, complaint: Complaint, suspects: list[Suspect], akin: tuple[Complaint, ...] = ()
    ) -> AsyncGenerator[FixEvent]:
        """Yields Ended at last. `akin`: complaints that may have the same reason."""
        work = self.work
        attempts = {
            one.key: Attempt(work, one, file, complaint)
            for one in suspects
            if (file := look.read(one.path)) is not None
        }
        mechanical = work.request.mechanical and not complaint.finding
        if mechanical and work.request.samples > 0:
            kept, usual = _MECHANICAL_SHARE * work.request.seconds, work.check.usual
            mechanical = usual is not None and usual * _LEAST_RUNS <= kept
            work.kept = kept if mechanical else 0.0
        async with aclosing(self._with_model(look, complaint, suspects, attempts, akin)) as events:
            async for event in events:
                yield event
        if self.fixed is None and mechanical:
            work.kept = 0.0
            async with aclosing(self._without_model(attempts.values())) as events:
                async for event in events:
                    yield event
        if self.fixed is None:
            yield self._ended("unfixed", self._why_not(suspects))
        else:
            yield self._ended("fixed", self.fixed.verdict.words, self.fixed)

    async def _without_model(self, attempts: Iterable[Attempt]) -> AsyncGenerator[FixEvent]:
        """Last, because a small change passes few tests by chance more often than what a model writes."""
        for attempt in attempts:
            if attempt.passed or self.work.left <= 0:
                continue
            async with aclosing(attempt.without_model()) as events:
                async for event in events:
                    yield event
            if self._has(attempt):
                return

    async def _with_model(
        self,
        look: Look,
        complaint: Complaint,
        suspects: list[Suspect],
        attempts: Mapping[tuple[str, int], Attempt],
        akin: tuple[Complaint, ...],
    ) -> AsyncGenerator[FixEvent]:
        """Asks about one suspect after the other, and then again, if those that were passed over or left early have
        left answers."""
        samples, work = self.work.request.samples, self.work
        asked = [one for one in suspects if one.key in attempts]
        context = await self.opened() if asked and samples > 0 else None
        if context is not None and not complaint.finding:
            asked = await self._ordered(context, look, complaint, asked)
        if not complaint.finding:
            yield Suspected(tuple(asked))
        proved: list[tuple[Attempt, Generation]] = []
        for number, suspect in enumerate(asked):
            attempt = attempts[suspect.key]
            if samples <= 0 or work.left <= 0 or context is None:
                break
            prompt = replace(await _prompt(context, suspect, attempt.file, complaint), akin=akin)
            if not prompt.fits:
                tokens = prompt.load.num_ctx
                yield SuspectPassed(suspect, f"it and its rewrite don't fit into num_ctx ({tokens} tokens)")
                continue
            if prompt.profile.definitions.fix_chars:
                used = await used_by(suspect, attempt.file, look, complaint, prompt.profile)
                prompt = replace(prompt, definitions=used)
            generation = Generation(
                context.engine,
                prompt,
                share(samples, len(asked) - number, traced=suspect.traced),
                refused=attempt.refused,
                before=work.request.samples - samples,
                others=len(asked) > 1,
            )
            work.generations.append(generation)
            async with aclosing(attempt.events(generation)) as events:
                async for event in events:
                    yield event
            if attempt.proved:
                proved.append((attempt, generation))
                samples -= generation.answers
            if self._has(attempt):
                return
        # One more for each, then all that is left for the first.
        for number, (attempt, generation) in enumerate([*proved, *proved[:1]] if len(proved) > 1 else proved):
            if samples <= 0 or work.left <= 0:
                break
            told = generation.answers
            generation.before = work.request.samples - samples - told
            generation.samples = told + (1 if number < len(proved) > 1 else samples)
            generation.first = False
            async with aclosing(attempt.events(generation)) as events:
                async for event in events:
                    yield event
            samples -= generation.answers - told
            if self._has(attempt):
                return

    async def _ordered(
        self, context: ReviewContext, look: Look, complaint: Complaint, suspects: list[Suspect]
    ) -> list[Suspect]:
        """The suspects, the one that the model names first. A trace that leads into the code says more."""
        files = {one.path: file for one in suspects if (file := look.read(one.path)) is not None}
        if len(suspects) < 2 or suspects[0].traced:
            return suspects
        prompt = await _prompt(context, suspects[0], files[suspects[0].path], complaint)
        request = which_request(prompt, suspects, {path: file.lines for path, file in files.items()})
        if request is None:
            return suspects
        generation = Generation(context.engine, prompt, 0)
        self.work.generations.append(generation)
        try:
            answer = await asyncio.wait_for(generation.ask(request), max(self.work.left, 0.0))
        except (StreamBroken, TimeoutError):
            return suspects
        return named_first(suspects, answer)

    def _has(self, attempt: Attempt) -> bool:
        """Whether one of its candidates holds, which is the fix then."""
        self.fixed, self.after = attempt.fixed, attempt.after
        return self.fixed is not None

    def _why_not(self, suspects: list[Suspect]) -> str:
        if not suspects:
            return (
                "Nothing that the failure names is code that may be changed here: name the files that may be at fault."
            )
        if self.work.request.samples <= 0 and not self.work.request.mechanical:
            names = f"{self.work.request.budget.samples} allows no answer, and fix.mechanical no small change"
            return f"Nothing was tried: {names}."
        if not self.work.proved and not self.work.late:
            return "Every suspect was passed over: a fix of it would prove nothing."
        budget = self.work.request.budget
        more = (
            f" The time is up: {budget.seconds} gives more."
            if self.work.late or self.work.left <= 0
            else f" {budget.samples} asks for more."
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
        context.model,
        profile,
        context.persona,
        suspect.unit,
        path,
        file.lines,
        complaint,
        num_ctx,
        reasoning,
        continues=model.abilities.prefill.value != "none",
    )
