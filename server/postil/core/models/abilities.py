"""What a model can do on an engine, and how each fact is known: observed, never assumed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Generic, Literal, TypeVar

T_co = TypeVar("T_co", covariant=True)

# Where a fact comes from, the strongest first. `default`: nothing is known, the value is the careful one.
Origin = Literal["settings", "engine", "probe", "family", "default"]

# none: doesn't think. switch: `think: false` turns it off. levels: it can only think less ("low"). always: nothing
# turns it off.
Thinking = Literal["none", "switch", "levels", "always"]
# native: a last assistant message is continued. raw: Postil renders the prompt and appends the beginning. none: an
# answer can't be begun, so that a rewrite is compared from the first line.
Prefill = Literal["native", "raw", "none"]
# suffix: Ollama's `suffix`. raw: Postil writes the family's tokens. endpoint: llama-server's `/infill`.
Infill = Literal["suffix", "raw", "endpoint", "none"]


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """A value, its origin, and how it is known in a few words ("/api/show: capabilities")."""

    value: T_co
    origin: Origin = "default"
    how: str = ""


@dataclass(frozen=True, slots=True)
class Abilities:
    """One model on one engine. `context`: the longest context in tokens; None = unknown. `remote`: the engine sends
    requests for the model to another machine."""

    chat: Fact[bool] = Fact(True)
    thinking: Fact[Thinking] = Fact("none")
    prefill: Fact[Prefill] = Fact("native")
    infill: Fact[Infill] = Fact("none")
    logprobs: Fact[bool] = Fact(True)
    schema: Fact[bool] = Fact(True)
    tools: Fact[bool] = Fact(False)
    embedding: Fact[bool] = Fact(False)
    context: Fact[int | None] = Fact(None)
    remote: Fact[bool] = Fact(False)

    @property
    def begins(self) -> bool:
        """Whether a request may begin the answer: unless it is known that the model can't continue it. Where nothing is
        known, the first answer shows it."""
        return self.prefill.value != "none" or self.prefill.origin == "default"

    def rows(self) -> tuple[tuple[str, str, Origin, str], ...]:
        """Name, value, origin and reason of each, for `postil doctor` and `postil models show`."""
        facts: dict[str, Fact[object]] = {field.name: getattr(self, field.name) for field in fields(self)}
        return tuple((name, _shown(fact.value), fact.origin, fact.how) for name, fact in facts.items())


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)
