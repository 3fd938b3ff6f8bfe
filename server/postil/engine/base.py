"""The Engine protocol: requests in, deltas out, and the four kinds of errors that an engine raises."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from postil.core.models.abilities import Abilities
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta, InfillRequest


class EngineError(Exception):
    """Base of the four. `str(error)` is a sentence for the user that includes the next step."""


class EngineUnavailable(EngineError):
    """No answer, or none in time, before the first token."""


class ModelMissing(EngineError):
    """The engine answers but doesn't hold the model."""

    def __init__(self, message: str, model: str = "") -> None:
        super().__init__(message)
        self.model = model


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
    `parameters` in billions. `remote_host`: Ollama forwards requests for it to that address."""

    name: str
    size: int | None = None
    context_length: int | None = None
    infill: bool | None = None
    digest: str | None = None
    modified: str | None = None
    loaded: bool | None = None
    architecture: str = ""
    parameters: float | None = None
    quantization: str = ""
    capabilities: tuple[str, ...] | None = None
    remote_host: str = ""
    abilities: Abilities = field(default_factory=Abilities)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine can do. The review does without what is False and says so. `prioritizes`: whether interactive
    requests already go before background ones, so that the engine needs no PriorityEngine around it."""

    name: str
    address: str
    models: tuple[ModelInfo, ...]
    version: str | None = None
    prefill: bool = True
    logprobs: bool = True
    infill: bool = True
    json_schema: bool = True
    speculation: bool = False
    parallel: int = 1
    prioritizes: bool = False


def held(facts: EngineFacts, name: str) -> str | None:
    """The engine's own spelling of a model that it holds. As in Ollama, `name` means `name:latest`."""
    full = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    return next((model.name for model in facts.models if model.name in (name, full)), None)


def abilities_in(facts: EngineFacts, name: str) -> Abilities:
    """What is known of a model that the engine holds under this name."""
    return next((model.abilities for model in facts.models if model.name == name), Abilities())


class Engine(Protocol):
    """Answers requests. Streams are async generators: closing one (`aclosing`, or cancelling the task that reads it)
    closes the connection, and the engine stops generating. All methods raise EngineErrors."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]: ...

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]: ...

    async def facts(self) -> EngineFacts:
        """Ask the engine for its models: the proof that it answers."""
        ...

    def observed(self, model: str) -> Observed:
        """What the engine's answers have shown of a model so far."""
        ...

    async def aclose(self) -> None: ...
