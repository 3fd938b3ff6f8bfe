"""What was seen of a model while an engine answered for it. It completes what the engine itself says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postil.core.models.abilities import Abilities, Fact, Prefill, Thinking

# From the best to the worst.
_PREFILLS: tuple[Prefill, ...] = ("native", "raw", "none")
_THINKINGS: tuple[Thinking, ...] = ("none", "switch", "levels", "always")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A field of a request that the engine refused, with its words. `prefill` is the last message when it is the
    assistant's."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Observed:
    """One model on one engine. None: not observed. `probed`: the engine was asked how it renders a prefill, whether or
    not it could say."""

    prefill: Fact[Prefill] | None = None
    logprobs: Fact[bool] | None = None
    schema: Fact[bool] | None = None
    refusals: tuple[Refusal, ...] = ()
    probed: bool = False
    thinking: Fact[Thinking] | None = None

    @property
    def refused(self) -> frozenset[str]:
        """The fields that are not sent any more."""
        return frozenset(one.field for one in self.refusals)

    def completed(self, abilities: Abilities) -> Abilities:
        """The abilities with what was observed. What the user's settings say stays."""
        found: dict[str, Fact[Prefill] | Fact[bool] | Fact[Thinking] | None] = {
            "prefill": self.prefill,
            "logprobs": self.logprobs,
            "schema": self.schema,
            "thinking": self.thinking,
        }
        seen = {name: fact for name, fact in found.items() if fact is not None}
        kept = {name for name in seen if getattr(abilities, name).origin == "settings"}
        return replace(abilities, **{name: fact for name, fact in seen.items() if name not in kept})

    def also(self, other: Observed) -> Observed:
        """Of two hosts that serve the same model: a request may go to either, so the worse of each ability."""
        known = [one.prefill for one in (self, other) if one.prefill is not None]
        thinking = [one.thinking for one in (self, other) if one.thinking is not None]
        return Observed(
            max(known, key=lambda fact: _PREFILLS.index(fact.value), default=None),
            _worse(self.logprobs, other.logprobs),
            _worse(self.schema, other.schema),
            (*self.refusals, *(one for one in other.refusals if one.field not in self.refused)),
            self.probed and other.probed,
            max(thinking, key=lambda fact: _THINKINGS.index(fact.value), default=None),
        )


def _worse(one: Fact[bool] | None, other: Fact[bool] | None) -> Fact[bool] | None:
    if one is None or other is None:
        return one or other
    return other if one.value else one
