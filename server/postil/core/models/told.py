"""The abilities of a model, from what is told of it: by the user, the engine and its family.

What is seen while it answers completes them (`core/models/observed`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from postil.core.models.abilities import Abilities, Fact, Infill, Prefill, Thinking
from postil.core.models.families import Family
from postil.core.models.names import model_name, runs_elsewhere
from postil.core.models.overrides import ModelOverride

T = TypeVar("T")

# Jinja: the beginning of the answer opens the thinking, whatever is asked.
_OPENS_THINKING = re.compile(r"add_generation_prompt(?:(?!add_generation_prompt).)*<think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Told:
    """What an engine tells of one model; "" and None = nothing. `parameters` in billions. `source`: where it tells
    that ("/api/show"). `template`: Go's or Jinja's, as text. `remote`: it runs on another machine."""

    name: str = ""
    parameters: float | None = None
    capabilities: tuple[str, ...] | None = None
    source: str = ""
    template: str = ""
    context: int | None = None
    remote: bool = False


@dataclass(frozen=True, slots=True)
class EngineTraits:
    """What an engine does with any model; None = it depends on the model, or isn't known. `suffix`: it fills in by its
    own request where the model's template has a place for the suffix. `raw`: it takes a prompt as it is. `endpoint`: it
    has `/infill`. `begins_thoughts`: it refuses to continue the answer of a model that is to think."""

    name: str
    prefill: Prefill | None = None
    suffix: bool = False
    raw: bool = False
    endpoint: bool = False
    begins_thoughts: bool = False
    logprobs: bool | None = None
    schema: bool | None = None


OLLAMA = EngineTraits("Ollama", suffix=True, raw=True, schema=True)
# llama-server and the embedded engine.
LLAMA_CPP = EngineTraits(
    "llama.cpp", prefill="native", raw=True, endpoint=True, begins_thoughts=True, logprobs=True, schema=True
)
VLLM = EngineTraits("vLLM", prefill="native", logprobs=True, schema=True)
# A server of which only the dialect is known.
OPENAI = EngineTraits("the server")


def abilities_of(
    told: Told,
    family: Family | None,
    override: ModelOverride | None,
    engine: EngineTraits,
) -> Abilities:
    """Each fact from the first that tells it: the user's override, the engine, the family; else the careful value."""
    return _Witnesses(told, family, override or ModelOverride(), engine).abilities()


@dataclass(frozen=True, slots=True)
class _Witnesses:
    told: Told
    family: Family | None
    override: ModelOverride
    engine: EngineTraits

    def abilities(self) -> Abilities:
        said = self.override
        thinking = self._or(said.thinking, self._thinking())
        return Abilities(
            chat=self._or(said.chat, self._chat()),
            thinking=thinking,
            prefill=self._or(said.prefill, self._prefill(thinking.value)),
            infill=self._stated_infill() or self._infill(),
            logprobs=self._or(
                said.logprobs,
                self._of_engine(self.engine.logprobs, "assumed until an answer has none"),
            ),
            schema=self._or(said.schema, self._of_engine(self.engine.schema, "assumed until it is refused")),
            tools=self._or(said.tools, self._tools()),
            embedding=self._or(said.embedding, self._embedding()),
            context=self._or(said.context, self._context()),
            remote=self._remote(),
        )

    def _or(self, stated: T | None, found: Fact[T]) -> Fact[T]:
        return found if stated is None else Fact(stated, "settings", self.override.source)

    def _stated_infill(self) -> Fact[Infill] | None:
        stated, source = self.override.infill, self.override.source
        if stated == "raw" and (self.family is None or self.family.infill is None):
            return Fact("none", "settings", f"{source}: raw needs a family with tokens, add one there")
        return None if stated is None else Fact(stated, "settings", source)

    def _listed(self, capability: str) -> Fact[bool] | None:
        """What the engine's list of capabilities says."""
        found = self.told.capabilities
        return None if found is None else Fact(capability in found, "engine", f"{self.told.source}: capabilities")

    def _of_family(self, value: bool) -> Fact[bool] | None:
        return Fact(value, "family", self.family.name) if self.family is not None else None

    def _chat(self) -> Fact[bool]:
        listed = self._listed("completion")
        if listed is not None and not listed.value:
            return listed
        if self.family is not None and not self.family.chat:
            # "completion" says that it generates text, not that it was trained to answer.
            return Fact(False, "family", f"{self.family.name}: not trained to chat")
        if model_name(self.told.name).untrained:
            return Fact(False, "family", "its name: weights that weren't trained to chat")
        return listed or self._of_family(True) or Fact(True, "default", "assumed")

    def _embedding(self) -> Fact[bool]:
        return self._listed("embedding") or self._of_family(bool(self.family and self.family.embedding)) or Fact(False)

    def _tools(self) -> Fact[bool]:
        return self._listed("tools") or self._of_family(bool(self.family and self.family.tools)) or Fact(False)

    def _thinking(self) -> Fact[Thinking]:
        thinks = self.family.thinking if self.family is not None else "none"
        listed = self._listed("thinking")
        if listed is not None and listed.value:
            kind: Thinking = thinks if thinks != "none" else "switch"
            return Fact(kind, "engine", listed.how)
        if listed is not None and thinks != "none":
            # Weights with a template that has no switch, or an Ollama that doesn't know it: they think all the same.
            return Fact("always", "family", f"{self._kin()} thinks, and {self.engine.name} has no switch for it here")
        if listed is not None:
            return Fact("none", "engine", listed.how)
        by_template = _template_thinking(self.told.template)
        if by_template is not None:
            return Fact(by_template, "engine", "its chat template")
        if self.family is not None:
            return Fact(thinks, "family", self.family.name)
        return Fact("none", "default", "nothing is known")

    def _kin(self) -> str:
        return self.family.name if self.family is not None else ""

    def _prefill(self, thinking: Thinking) -> Fact[Prefill]:
        if self.engine.begins_thoughts and thinking in ("levels", "always"):
            return Fact("none", "engine", f"{self.engine.name} begins no answer of a model that thinks")
        if self.engine.prefill is not None:
            return Fact(self.engine.prefill, "engine", self.engine.name)
        # Go templates close a turn only where it is `not $last`.
        if "not $last" in self.told.template:
            return Fact("native", "engine", "its template leaves the last message open")
        trained = self.family.prefill if self.family is not None else None
        if trained is not None:
            return Fact(trained, "family", self._kin())
        return Fact("none", "default", "nothing is known")

    def _infill(self) -> Fact[Infill]:
        engine, template = self.engine, self.told.template
        listed = self._listed("insert")
        if engine.suffix and listed is not None and listed.value:
            return Fact("suffix", "engine", listed.how)
        if engine.suffix and listed is None and ".Suffix" in template:
            return Fact("suffix", "engine", "its template has a place for the suffix")
        if engine.raw and self.family is not None and self.family.fim(self.told.parameters) is not None:
            return Fact("raw", "family", f"tokens of {self._kin()}")
        if engine.endpoint and self.family is None:
            return Fact("endpoint", "engine", f"{engine.name}'s /infill finds the tokens")
        if self.family is not None and self.family.fim(self.told.parameters) is not None:
            return Fact("none", "engine", f"{engine.name} has no way to fill in")
        if self.family is not None:
            return Fact("none", "family", f"{self._kin()} wasn't trained to fill in, as far as is known")
        if engine.suffix and listed is not None:
            return Fact("none", "engine", listed.how)
        return Fact("none", "default", "no tokens are guessed")

    def _of_engine(self, value: bool | None, assumed: str) -> Fact[bool]:
        if value is not None:
            return Fact(value, "engine", self.engine.name)
        return Fact(True, "default", assumed)

    def _context(self) -> Fact[int | None]:
        length = self.told.context
        return Fact(length, "engine", self.told.source) if length is not None else Fact(None)

    def _remote(self) -> Fact[bool]:
        if self.told.remote:
            return Fact(True, "engine", f"{self.told.source}: remote_host")
        if runs_elsewhere(self.told.name):
            return Fact(True, "engine", "its name")
        return Fact(False, "engine" if self.told.source else "default", self.told.source)


def _template_thinking(template: str) -> Thinking | None:
    """Whether a model thinks, by a Jinja template (Go's have it in the capabilities). None = it doesn't tell."""
    if "<|channel|>" in template and "reasoning_effort" in template:
        return "levels"
    if "enable_thinking" in template:
        return "switch"
    return "always" if _OPENS_THINKING.search(template) else None
