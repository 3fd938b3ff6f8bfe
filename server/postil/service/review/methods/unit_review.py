"""What both methods share in the review of a unit: requests with token counts, thresholds, and the final event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal

from postil.core.change.describe import describe
from postil.core.change.words import Language, Said, Standing, language_of
from postil.core.context.values import Definition
from postil.core.models.abilities import Abilities, Fact
from postil.core.persona.header import Method
from postil.core.persona.persona import Persona
from postil.core.redaction import texts_of
from postil.core.request import ChatRequest, Delta, InfillRequest, TokenProb, Usage
from postil.core.review.calibration import Calibration
from postil.core.review.finding import Finding, Fix, Severity
from postil.core.review.profile import ReviewProfile, profiles
from postil.core.review.prompt import UnitPrompt
from postil.core.suppression.baseline import Dismissal
from postil.core.syntax.units import Unit
from postil.engine.base import Engine, ModelInfo
from postil.service.review.context import reasoning_of
from postil.service.review.events import UnitFinished
from postil.settings import Settings


@dataclass(slots=True)
class UnitReview:
    """The review of one unit by one persona. Only the task that runs it may change it."""

    engine: Engine
    abilities: Abilities
    prompt: UnitPrompt
    settings: Settings
    method: Literal["edit", "list"]
    min_score: float
    standing: Standing = "unmeasured"
    measuring: bool = False
    usage: Usage = field(default_factory=Usage)
    dropped: Counter[str] = field(default_factory=Counter[str])
    notes: list[str] = field(default_factory=list[str])
    unread: str = ""
    thought: bool = False
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(
        cls,
        engine: Engine,
        model: ModelInfo,
        persona: Persona,
        settings: Settings,
        unit: Unit,
        dismissed: tuple[Dismissal, ...] = (),
        calibration: Calibration | None = None,
        path: str = "",
    ) -> UnitReview:
        """Method and threshold come from the settings, otherwise the persona, otherwise what was found on the user's
        repository, otherwise the model's profile."""
        profile = profiles()[model.profile]
        if calibration is not None and not calibration.holds:
            calibration = None
        found: Method = calibration.method if calibration is not None else "auto"
        method = profile.method
        for one in (found, persona.method, settings.review.method):
            if one != "auto":
                method = one
        calibrated = calibration.min_score if calibration is not None else None
        thresholds = (settings.review.min_score, persona.min_score, calibrated, profile.min_score)
        min_score = next(score for score in thresholds if score is not None)
        reasoning = reasoning_of(model.abilities, persona, settings)
        prompt = UnitPrompt(
            model.name, profile, persona, unit, settings.num_ctx, dismissed, model.raw_tokens, reasoning, path
        )
        standing = "calibrated" if calibration is not None else profile.opinions
        return cls(engine, model.abilities, prompt, settings, method, min_score, standing)

    @property
    def unit(self) -> Unit:
        return self.prompt.unit

    @property
    def profile(self) -> ReviewProfile:
        return self.prompt.profile

    @property
    def begun(self) -> bool:
        """Whether an answer can be begun for the model."""
        return self.abilities.prefill.value != "none" and not self.prompt.reasoning.wanted

    def tell(self, definitions: tuple[Definition, ...]) -> None:
        """Tell the model these definitions, which the unit uses."""
        most = self.prompt.persona.max_findings if self.method == "list" else 0
        self.prompt = replace(self.prompt, definitions=definitions, most_findings=most)

    def look(self) -> bool:
        """Take in what the engine's answers have shown of the model by now. Whether that changes how it thinks."""
        self.abilities = self.engine.observed(self.prompt.model).completed(self.abilities)
        reasoning = reasoning_of(self.abilities, self.prompt.persona, self.settings)
        if reasoning == self.prompt.reasoning:
            return False
        self.prompt = replace(self.prompt, reasoning=reasoning)
        return True

    @property
    def begins_anew(self) -> bool:
        """Whether the engine was seen not to continue the beginning of an answer."""
        seen = self.engine.observed(self.prompt.model).prefill
        return seen is not None and seen.value == "none"

    def tells_nothing(self) -> bool:
        """Whether nothing shows that the engine tells probabilities. Then this review does without: an answer without
        text has none either."""
        if self.abilities.logprobs.origin == "default":
            none = Fact(False, "probe", "no answer had any")
            self.abilities = replace(self.abilities, logprobs=none)
        return not self.abilities.logprobs.value

    async def stream(self, request: ChatRequest | InfillRequest) -> AsyncGenerator[Delta]:
        """The engine's answer. Tokens are counted even if the stream is closed early."""
        deltas = self.engine.chat(request) if isinstance(request, ChatRequest) else self.engine.infill(request)
        usage: Usage | None = None
        pieces = 0
        try:
            async with aclosing(deltas) as stream:
                async for delta in stream:
                    usage = delta.usage or usage
                    pieces += bool(delta.text or delta.thinking)
                    self.thought = self.thought or bool(delta.thinking)
                    yield delta
        finally:
            # Ollama sends its counters with the last delta. If the stream was closed early, the prompt's tokens are
            # estimated and each delta counts as one token.
            self.usage += usage or Usage(self.profile.estimate_tokens("".join(texts_of(request))), pieces)

    async def first_token(self, request: InfillRequest) -> TokenProb | None:
        """The first token of the answer with its alternatives; None if the engine sends none."""
        found: TokenProb | None = None
        async with aclosing(self.stream(request)) as stream:
            async for delta in stream:
                found = found or next(iter(delta.tokens), None)
        self.look()
        return found

    def note_once(self, note: str) -> None:
        """Add a sentence for the user, unless it is already there."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def severity(self) -> Severity:
        """By what stands behind an opinion, not by what the model says of it; never more serious than the persona's."""
        least = Severity.INFORMATION if self.standing == "calibrated" else Severity.HINT
        return max(least, self.prompt.persona.severity[1])

    @property
    def language(self) -> Language:
        """The language of the sentences."""
        return language_of(self.prompt.persona.answer_in)

    @property
    def most_findings(self) -> int:
        """Of a model that nobody has measured here, one opinion about a unit is enough."""
        every = self.standing == "calibrated" or self.measuring
        return self.prompt.persona.max_findings if every else 1

    @property
    def scored(self) -> bool:
        """Whether the score of a difference decides anything."""
        return self.measuring or self.min_score > 0

    def said(self, fix: Fix) -> tuple[Said, ...]:
        """What a fix does."""
        unit, old, new = self.unit, fix.old.split("\n"), fix.new.split("\n")
        lines = unit.lines
        after = (*lines[: fix.span.first], *(new if fix.new else ()), *lines[fix.span.last :])
        return describe(unit.text, "\n".join(after), unit.language, unit.kind, old, new)

    def finished(self, findings: Sequence[Finding], *, cached: bool = False) -> UnitFinished:
        return UnitFinished(
            self.unit,
            tuple(findings),
            self.usage,
            time.monotonic() - self.started,
            cached,
            tuple(sorted(self.dropped.items())),
            tuple(self.notes),
            self.unread,
            self.prompt.told.left_out,
        )

    def not_read(self, what: str) -> None:
        """The model's answer is no review of the unit. `what` it did, as in "gave no answer"."""
        self.unread = f"{self.prompt.model} {what}"
