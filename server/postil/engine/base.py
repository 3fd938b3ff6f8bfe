"""What every engine offers, and the only four kinds of errors that leave one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from postil.core.request import ChatRequest, Delta, InfillRequest


class EngineError(Exception):
    """Base of the four. `str(error)` is a sentence for the user with the next step in it."""


class EngineUnavailable(EngineError):
    """Nothing answers, or not in time, before the first token."""


class ModelMissing(EngineError):
    """The engine answers but doesn't hold the model."""

    def __init__(self, message: str, model: str = "") -> None:
        super().__init__(message)
        self.model = model


class EngineRefused(EngineError):
    """The engine understood and said no: bad request, out of memory, unsupported, unauthorised."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class OutOfMemory(EngineRefused):
    """The model, with the context that was asked for, doesn't fit into the machine's memory."""

    def __init__(self, message: str, status: int | None = None, model: str = "") -> None:
        super().__init__(message, status)
        self.model = model


class StreamBroken(EngineError):
    """The stream stopped after its first token without saying that it was complete."""


@dataclass(frozen=True, slots=True)
class TimeOuts:
    """Seconds to wait: for the connection, for the first token (loading the model and reading the prompt
    included), and between two tokens."""

    connect: float = 5.0
    first_token: float = 300.0
    between_tokens: float = 60.0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an engine holds. Sizes in bytes; `None` = not told."""

    name: str
    size: int | None = None
    context_length: int | None = None
    infill: bool | None = None
    tools: bool | None = None
    digest: str | None = None
    modified: str | None = None
    loaded: bool | None = None


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine can do. The review pipeline does without what is False and says so."""

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


def held(facts: EngineFacts, name: str) -> str | None:
    """The engine's own spelling of a model it holds. As for Ollama, `name` means `name:latest`."""
    full = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    return next((model.name for model in facts.models if model.name in (name, full)), None)


class Engine(Protocol):
    """A source of tokens. Streams are async generators: closing one (`aclosing`, or cancelling the task
    that reads it) closes the socket, and the engine stops generating."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]: ...

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]: ...

    async def facts(self) -> EngineFacts: ...

    async def aclose(self) -> None: ...
