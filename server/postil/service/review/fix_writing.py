"""Writes a fix for a finding that has none, at the user's request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from postil.core.review.answer import why_unread
from postil.core.review.checks import RejectReason, invalid_reason
from postil.core.review.finding import Finding, Fix
from postil.core.review.profile import profiles
from postil.core.review.prompt import UnitPrompt, fix_request
from postil.core.review.rewrite import Hunk, Rewrite
from postil.core.syntax.units import Unit
from postil.core.text.plain import one_line
from postil.engine.base import Progress
from postil.service.review.units import ReviewContext

# Maximum distance in lines between a finding and its fix. A change further away fixes something else.
MAX_DISTANCE = 2


@dataclass(slots=True)
class FixWriting:
    """Iterate `steps` once. Then `fix` (in lines of the unit) is set, or `why` is the reason why there is none."""

    context: ReviewContext
    unit: Unit
    finding: Finding
    fix: Fix | None = None
    why: str = "the model changes nothing"

    async def steps(self) -> AsyncGenerator[Progress]:
        """Runs the request. Each step is the line that the model is writing. Raises EngineError."""
        context, lines = self.context, self.finding.lines
        facts = context.facts or await context.engine.facts()
        model = await context.engine.describe(facts.model(context.model))
        profile, num_ctx = profiles()[model.profile], context.settings.num_ctx
        reasoning = context.reasoning(model.abilities)
        prompt = UnitPrompt(
            context.model, profile, context.persona, self.unit, num_ctx, reasoning=reasoning, path=context.path
        )
        if not prompt.fits_rewrite():
            self.why = f"{self.unit.name} and its rewrite don't fit into {prompt.context}"
            return
        # With prefill, the model doesn't have to copy the lines before the defect.
        begun = model.abilities.prefill.value != "none" and not reasoning.wanted
        start = lines.first if begun else None
        while True:
            rewrite, again = Rewrite(self.unit, profile, start), False
            cut = thought = False
            request = fix_request(prompt, lines, self.finding.words or self.finding.message, start)
            if not request.prefill:
                rewrite.begin_anew()
            async with aclosing(context.engine.chat(request)) as stream:
                async for delta in stream:
                    if delta.anew:
                        rewrite.begin_anew()
                        # The request has no room for the lines before `start`.
                        again = start is not None
                    rewrite.feed(delta.text)
                    thought = thought or bool(delta.thinking)
                    if delta.finish is not None:
                        cut = delta.finish == "length"
                        rewrite.finish(complete=not cut)
                    yield Progress(one_line(rewrite.text.rstrip("\n").rpartition("\n")[2]))
                    if rewrite.settled or again:
                        break
            if not again:
                break
            start = None
        what = why_unread(self.unit, rewrite, cut=cut, thought=thought)
        if what:
            self.why = f"the model {what}"
        elif rewrite.hunk is not None:
            self._check(rewrite.hunk, invalid_reason(self.unit, rewrite.hunk, profile))

    def _check(self, hunk: Hunk, reason: RejectReason | None) -> None:
        lines = self.finding.lines
        if hunk.span.first > lines.last + MAX_DISTANCE or hunk.span.last < lines.first - MAX_DISTANCE:
            self.why = f"the model changes line {self.unit.first_line + hunk.span.first + 1} instead"
        elif reason is not None:
            self.why = f"what the model writes does not hold ({reason})"
        else:
            self.fix = Fix(hunk.span, "\n".join(hunk.old), "\n".join(hunk.new))
