"""What one server was seen to do, by model: kept while the server is, and forgotten when a model changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from postil.core.models.abilities import Fact, Prefill, Thinking
from postil.core.models.observed import Observed, Refusal
from postil.core.models.overrides import known
from postil.engine.base import ModelInfo

log = logging.getLogger(__name__)

_NOTHING = Observed()


class Observations:
    """The observations of one server. A model is known by its name until the server lists another digest for it."""

    def __init__(self) -> None:
        self._seen: dict[str, Observed] = {}
        self._digests: dict[str, str] = {}

    def of(self, model: str) -> Observed:
        seen, stated = self._seen.get(model, _NOTHING), known().override(model)
        if stated is None or stated.prefill is None:
            return seen
        # The user knows it, so nothing is asked.
        return replace(seen, prefill=Fact(stated.prefill, "settings", stated.source), probed=True)

    def completed(self, model: ModelInfo) -> ModelInfo:
        """The model with what was observed of it."""
        return replace(model, abilities=self.of(model.name).completed(model.abilities))

    def listed(self, models: Iterable[ModelInfo]) -> tuple[ModelInfo, ...]:
        """The models with what was observed of them."""
        found: list[ModelInfo] = []
        for model in models:
            if model.digest is not None:
                if self._digests.get(model.name, model.digest) != model.digest:
                    self._seen.pop(model.name, None)
                self._digests[model.name] = model.digest
            found.append(self.completed(model))
        return tuple(found)

    def probed(self, model: str, prefill: Fact[Prefill] | None) -> None:
        """The server said how it renders a beginning of an answer; None: it can't say."""
        self._seen[model] = replace(self.of(model), probed=True, prefill=prefill or self.of(model).prefill)

    def prefill(self, model: str, value: Prefill, how: str) -> None:
        if (known := self.of(model).prefill) is None or known.value != value:
            log.info("%s: the beginning of an answer is %s (%s)", model, _PREFILLS[value], how)
            self._seen[model] = replace(self.of(model), prefill=Fact(value, "probe", how))

    def logprobs(self, model: str, told: bool, how: str) -> None:
        if (known := self.of(model).logprobs) is None or known.value != told:
            if not told:
                log.warning("%s: no probabilities (%s)", model, how)
            self._seen[model] = replace(self.of(model), logprobs=Fact(told, "probe", how))

    def thinks(self, model: str, value: Thinking, how: str) -> None:
        """It thought although it wasn't to."""
        if (known := self.of(model).thinking) is None or known.value != value:
            log.info("%s: it thinks (%s)", model, how)
            self._seen[model] = replace(self.of(model), thinking=Fact(value, "probe", how))

    def refused(self, who: str, model: str, refusals: Iterable[Refusal]) -> None:
        """The server answered without these fields, and not with them."""
        for refusal in refusals:
            seen = self.of(model)
            if refusal.field in seen.refused:
                continue
            log.warning("%s refuses %s for %s: %s. It isn't sent any more", who, refusal.field, model, refusal.words)
            self._seen[model] = replace(seen, refusals=(*seen.refusals, refusal))
            how = f"refused: {refusal.words}"
            if refusal.field == "prefill":
                self.prefill(model, "none", how)
            elif refusal.field in ("logprobs", "top_logprobs", "n_probs"):
                self.logprobs(model, told=False, how=how)
            elif refusal.field in ("format", "response_format"):
                self._seen[model] = replace(self.of(model), schema=Fact(False, "probe", how))


_PREFILLS: dict[Prefill, str] = {
    "native": "continued",
    "raw": "appended to the rendered prompt",
    "none": "not continued: answers are read from the first line",
}
