"""What the methods of review share: the unit's surroundings, its counters, and the last event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from postil.core.models.catalogue import catalogue
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, Delta, InfillRequest, TokenProb, Usage
from postil.core.review.finding import Finding, Severity
from postil.core.review.prompt import UnitPrompt, estimate_tokens
from postil.core.suppression.baseline import Dismissal
from postil.core.syntax.units import Unit
from postil.engine.base import Engine, EngineFacts
from postil.service.review.events import UnitFinished
from postil.settings import Settings

# For a model that the catalogue doesn't know: show everything that passed the checks but the least likely.
DEFAULT_MIN_SCORE = 0.5


@dataclass(slots=True)
class UnitReview:
    """One run over one unit: written by its own task only."""

    engine: Engine
    facts: EngineFacts
    asked: UnitPrompt
    settings: Settings
    method: Literal["edit", "list"]
    min_score: float
    usage: Usage = field(default_factory=Usage)
    dropped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(
        cls,
        engine: Engine,
        facts: EngineFacts,
        model: str,
        persona: Persona,
        settings: Settings,
        unit: Unit,
        judged: tuple[Dismissal, ...] = (),
    ) -> UnitReview:
        known = catalogue().get(model)
        wanted = settings.review.method if settings.review.method != "auto" else persona.method
        method = wanted if wanted != "auto" else (known.method if known else "edit")
        measured = known.min_score if known and known.min_score is not None else DEFAULT_MIN_SCORE
        chosen = (settings.review.min_score, persona.min_score, measured)
        least = next(score for score in chosen if score is not None)
        asked = UnitPrompt(model, persona, unit, settings.num_ctx, judged)
        return cls(engine, facts, asked, settings, method, least)

    @property
    def unit(self) -> Unit:
        return self.asked.unit

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """The engine's answer, counted even when it is closed half-way."""
        return _counted(self, self.engine.chat(request), _said(request))

    async def infill(self, request: InfillRequest) -> str:
        """The whole answer to an infill request."""
        text = ""
        said = request.prefix + request.suffix
        async with aclosing(_counted(self, self.engine.infill(request), said)) as stream:
            async for delta in stream:
                text += delta.text
        return text

    async def first_token(self, request: ChatRequest | InfillRequest) -> TokenProb | None:
        """The first token of an answer with its alternatives; None when the engine tells none."""
        found: TokenProb | None = None
        if isinstance(request, ChatRequest):
            stream, said = self.engine.chat(request), _said(request)
        else:
            stream, said = self.engine.infill(request), request.prefix + request.suffix
        async with aclosing(_counted(self, stream, said)) as counted:
            async for delta in counted:
                found = found or next(iter(delta.tokens), None)
        return found

    def severity(self, score: float) -> Severity:
        if score < self.min_score:
            return self.asked.persona.clamp(Severity.HINT)
        # The upper half of what is shown is an error: the doubt gives the rank.
        sure = score >= (1 + self.min_score) / 2
        return self.asked.persona.clamp(Severity.ERROR if sure else Severity.WARNING)

    def shown(self, score: float) -> bool:
        return score >= self.min_score or self.settings.review.hints

    def finished(self, findings: Sequence[Finding], *, cached: bool = False) -> UnitFinished:
        return UnitFinished(
            self.unit,
            tuple(findings),
            self.usage,
            time.monotonic() - self.started,
            cached,
            tuple(sorted(self.dropped.items())),
            tuple(self.notes),
        )


def _said(request: ChatRequest) -> str:
    return "".join(message.content for message in request.messages) + request.prefill


async def _counted(review: UnitReview, deltas: AsyncGenerator[Delta], said: str) -> AsyncGenerator[Delta]:
    usage: Usage | None = None
    pieces = 0
    try:
        async with aclosing(deltas) as stream:
            async for delta in stream:
                usage = delta.usage or usage
                pieces += bool(delta.text)
                yield delta
    finally:
        # A stream that we end early has told no counters in Ollama's protocol: then the prompt is estimated
        # and each piece is a token, as Ollama sends them.
        review.usage += usage or Usage(estimate_tokens(said), pieces)
