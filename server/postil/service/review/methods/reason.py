"""The model's own sentence about a note, asked for when somebody wants it."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from postil.core.review.finding import Finding
from postil.core.review.prompt import why_request
from postil.core.review.rewrite import Hunk
from postil.core.syntax.units import Unit
from postil.service.review.context import ReviewContext
from postil.service.review.methods.edit import reason
from postil.service.review.methods.unit_review import UnitReview

# The sentences of a day; each is asked for by hand.
MOST = 500


@dataclass(slots=True)
class Reasons:
    """The sentences so far, by note."""

    _known: OrderedDict[str, str] = field(default_factory=OrderedDict[str, str])

    async def of(self, context: ReviewContext, unit: Unit, finding: Finding) -> str:
        """What the model says is wrong; "" when it says nothing that can be shown. Raises EngineError."""
        key = f"{context.model} {finding.id}"
        if key not in self._known:
            self._known[key] = finding.words or await _asked(context, unit, finding)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return self._known[key]


async def _asked(context: ReviewContext, unit: Unit, finding: Finding) -> str:
    fix = finding.fix
    if fix is None:
        return ""
    facts = context.facts or await context.engine.facts()
    model = await context.engine.describe(facts.model(context.model))
    review = UnitReview.of(context.engine, model, context.persona, context.settings, unit, path=context.path)
    old, new = (tuple(text.split("\n")) if text else () for text in (fix.old, fix.new))
    rewritten = "".join((unit.until(fix.span.first), *(line + "\n" for line in new)))
    request = why_request(review.prompt, Hunk(fix.span, old, new), rewritten.rstrip("\n"))
    words = ""
    async with aclosing(reason(review, replace(request, lane="interactive"))) as said:
        async for sentence in said:
            words = sentence
    return words
