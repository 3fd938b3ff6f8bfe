"""The Engine protocol: requests in, deltas or vectors out, and the four kinds of errors that an engine raises."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from postil.core.exchanges.kept import Exchange
from postil.core.models import families
from postil.core.models import observed as observations
from postil.core.models.abilities import Abilities
from postil.core.models.names import full_name
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest


class EngineError(Exception):
    """Base of the four. `str(error)` is a sentence for the user that includes the next step."""


class EngineUnavailable(EngineError):
    """No answer, or none in time, before the first token. `nobody_there`: the engine may just not be running."""

    def __init__(self, message: str, *, nobody_there: bool = False) -> None:
        super().__init__(message)
        self.nobody_there = nobody_there


class ModelMissing(EngineError):
    """The engine answers but doesn't hold the model. `engine`: the name of the one that can fetch it; "" = unknown."""

    def __init__(self, message: str, model: str = "", engine: str = "") -> None:
        super().__init__(message)
        self.model = model
        self.engine = engine


class EngineRefused(EngineError):
    """The engine refused the request: bad request, out of memory, unsupported, unauthorised."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class OutOfMemory(EngineRefused):
    """The model with the requested context doesn't fit into the machine's memory."""

    def __init__(self, message: str, status: int | None = None, model: str = "") -> None:
        super().__init__(message, status)
        self.model = model


class StreamBroken(EngineError):
    """The stream ended after its first token without a finish."""


class BadVectors(StreamBroken):
    """Vectors came that are none. The server may answer everything else."""


@dataclass(frozen=True, slots=True)
class TimeOuts:
    """Seconds to wait: for the connection, for the first token (loading the model and reading the prompt
    included), and between two tokens."""

    connect: float = 5.0
    first_token: float = 300.0
    between_tokens: float = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something that takes a while is: what happens now, in words, and how many bytes of how many of it are
    done (None = unknown). The last step of a fetch has the file's `path`."""

    what: str
    done_bytes: int | None = None
    total_bytes: int | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an engine holds. Sizes in bytes; None = unknown. `architecture` as in the GGUF (`qwen2`, `llama`),
    `parameters` in billions, `active` those that work on one token of a mixture of experts. `remote_host`: Ollama
    forwards requests for it to that address. `family`, `fim` (the tokens that it was trained to fill in with),
    `profile` (the name of its review profile), and what goes before a question and a text to embed are from the tables,
    `abilities` from all that is known."""

    name: str
    size: int | None = None
    context_length: int | None = None
    digest: str | None = None
    modified: str | None = None
    architecture: str = ""
    parameters: float | None = None
    quantization: str = ""
    capabilities: tuple[str, ...] | None = None
    remote_host: str = ""
    active: float | None = None
    family: str = ""
    fim: families.FimTokens | None = None
    profile: str = "unmeasured"
    query_prefix: str = ""
    document_prefix: str = ""
    abilities: Abilities = field(default_factory=Abilities)

    @property
    def fills_in(self) -> bool:
        return self.abilities.infill.value != "none"

    @property
    def raw_tokens(self) -> families.FimTokens | None:
        """The tokens for its infill requests, where Postil writes the prompt."""
        return self.fim if self.abilities.infill.value == "raw" else None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The Ollama in whose place `auto` has taken another engine. `why`: a sentence with the next step. `surprising`:
    the user must hear of it, because it isn't just an Ollama that nobody has started. `named`: the user has named its
    address, so that no download is proposed in its place."""

    why: str
    surprising: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """An engine that answers, and its models. What can be done depends on the model: see its abilities. `prioritizes`:
    whether interactive requests already go before background ones, so that the engine needs no PriorityEngine."""

    name: str
    address: str
    models: tuple[ModelInfo, ...]
    version: str | None = None
    speculation: bool = False
    parallel: int = 1
    prioritizes: bool = False
    passed_over: PassedOver | None = None

    def model(self, name: str) -> ModelInfo:
        """What is known of a model; only its name where the engine doesn't list it."""
        return next((model for model in self.models if model.name == name), None) or ModelInfo(name)


def held(facts: EngineFacts, name: str) -> str | None:
    """The engine's own spelling of a model that it holds. Names are the same when Ollama completes them alike: `name`
    means `name:latest`, and capitals don't count."""
    full = full_name(name)
    return next((model.name for model in facts.models if full_name(model.name) == full), None)


class Engine(Protocol):
    """Answers requests. Streams are async generators: closing one (`aclosing`, or cancelling the task that reads it)
    closes the connection, and the engine stops generating. All methods raise EngineErrors."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]: ...

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]: ...

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """One vector for each text. Cancelling the task closes the connection, as closing a stream does."""
        ...

    async def facts(self) -> EngineFacts:
        """Ask the engine for its models: the proof that it answers."""
        ...

    async def describe(self, model: ModelInfo) -> ModelInfo:
        """The model with all that the engine tells of it. Asked for a chosen model, not for each of a list: it may cost
        a request, the answer is kept. A failure changes nothing, so that it raises no EngineError."""
        ...

    def exchanges(self) -> tuple[Exchange, ...]:
        """The latest requests as they were sent, the newest first, with their answers so far."""
        ...

    def observed(self, model: str) -> observations.Observed:
        """What the engine's answers have shown of a model so far."""
        ...

    async def aclose(self) -> None: ...
