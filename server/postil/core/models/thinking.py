"""How much a model thinks before an answer: what is sent to it, and the tokens that it may take for that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postil.core import prefill
from postil.core.models.abilities import Thinking
from postil.core.request import ChatRequest, Think

# What `think: true` means to a model that knows levels only; gpt-oss takes it as its default.
_ON = "medium"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """`think` and `tokens` are a request's `think` and `think_tokens`. `wanted`: the model is to think before it
    answers, so that its answer can't be begun for it."""

    think: Think | None = None
    tokens: int = 0
    wanted: bool = False

    def least(self) -> Reasoning:
        """For an answer that isn't worth a thought: as little as the model can."""
        if self.think is True:
            return Reasoning(think=False)
        return Reasoning("low" if isinstance(self.think, str) else self.think, self.tokens)

    def of(self, request: ChatRequest) -> ChatRequest:
        """The request with it."""
        asked = replace(request, think=self.think, think_tokens=self.tokens)
        return prefill.from_the_start(asked) if self.wanted else asked


NO_REASONING = Reasoning()


def reasoning(thinking: Thinking, wanted: Think, tokens: int) -> Reasoning:
    """For a model that thinks in this way. `wanted`: what the user wants of a model that can think; `tokens`: how many
    it may think, where it does."""
    if thinking == "none":
        return NO_REASONING
    if thinking == "switch":
        return Reasoning(True, tokens, wanted=True) if wanted else Reasoning(think=False)
    if thinking == "always":
        return Reasoning(None, tokens, wanted=bool(wanted))
    level: Think = _ON if wanted is True else wanted or "low"
    return Reasoning(level, tokens, wanted=bool(wanted))
