"""A fix for a finding that came without one, written when the user asks for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from postil.core.review.finding import Finding, Fix
from postil.core.review.prompt import UnitPrompt, fix_request
from postil.core.review.rewrite import Hunk, Rewrite, invalid_reason
from postil.core.syntax.units import Unit
from postil.core.text.plain import one_line
from postil.engine.download.pull import PullStep
from postil.service.review.units import ReviewContext

# A defect on one line may be mended on the line beside it, not further away: that would mend something else.
BESIDE = 2


@dataclass(slots=True)
class FixWriting:
    """`steps` is gone through once; then `fix` (lines of the unit) is there, or `why` says why there is none."""

    context: ReviewContext
    unit: Unit
    finding: Finding
    fix: Fix | None = None
    why: str = "the model changes nothing"

    async def steps(self) -> AsyncGenerator[PullStep]:
        """What the model writes, line by line. Raises an EngineError."""
        context, lines = self.context, self.finding.lines
        asked = UnitPrompt(context.model, context.persona, self.unit, context.settings.num_ctx)
        if not asked.fits_rewrite():
            self.why = f"{self.unit.name} and its rewrite don't fit into num_ctx ({asked.load.num_ctx} tokens)"
            return
        facts = context.facts or await context.engine.facts()
        # What stands before the defect needs no copy, where the engine goes on from a begun answer.
        start = lines.first if facts.prefill else None
        rewrite = Rewrite(self.unit, start)
        request = fix_request(asked, lines, self.finding.message, start)
        async with aclosing(context.engine.chat(request)) as stream:
            async for delta in stream:
                rewrite.feed(delta.text)
                if delta.finish is not None:
                    rewrite.finish(complete=delta.finish == "stop")
                yield PullStep(one_line(rewrite.text.rstrip("\n").rpartition("\n")[2]))
                if rewrite.settled:
                    break
        if rewrite.hunk is not None:
            self._judge(rewrite.hunk)

    def _judge(self, hunk: Hunk) -> None:
        lines, refused = self.finding.lines, invalid_reason(self.unit, hunk)
        if hunk.span.first > lines.last + BESIDE or hunk.span.last < lines.first - BESIDE:
            self.why = f"the model changes line {self.unit.first_line + hunk.span.first + 1} instead"
        elif refused is not None:
            self.why = f"what the model writes does not hold ({refused})"
        else:
            self.fix = Fix(hunk.span, "\n".join(hunk.old), "\n".join(hunk.new))
