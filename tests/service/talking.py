"""A conversation on a folder, with a model that says what a test wants, and a user who says yes or no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from postil.core.agent.budget import Meter
from postil.core.agent.events import Ended, Event, Said
from postil.core.agent.permission import Answer as UserAnswer
from postil.core.agent.permission import PermissionRequest
from postil.core.agent.prompt import CallForm
from postil.core.agent.tool import ToolCall
from postil.core.agent.turns import Turn
from postil.core.exchanges.kept import Exchange
from postil.core.models.observed import Observed
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest, LoadOptions, Usage
from postil.engine.base import Engine, EngineError, EngineFacts, ModelInfo
from postil.service.agent.beside import Beside
from postil.service.agent.conversation import Conversation, Limits
from postil.service.agent.gate import Decision
from postil.service.agent.memory import NoMemory
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.steps.mending import mended
from postil.service.agent.steps.model import AgentModel, chars_of
from postil.service.agent.toolbox import toolbox
from postil.service.agent.workplace import Workplace
from postil.service.agent.writing import Writer
from postil.service.review.context import ReviewContext
from postil.settings import Settings, settings_of

# What a model says: text, calls in its own way, or an error.
Says = str | ToolCall | EngineError


class Model:
    """Answers with `says`, one after the other, and then with `last`; `pieces`: characters of a delta. `tokens` gives
    the count of a prompt; None = a third of its characters. `hold` stops each answer after its first piece."""

    def __init__(self, says: Iterable[Says] = (), last: str = "That is all.", pieces: int = 7) -> None:
        self.says = list(says)
        self.last = last
        self.pieces = pieces
        self.requests: list[ChatRequest] = []
        self.tokens: Callable[[ChatRequest], int] | None = None
        self.hold: asyncio.Event | None = None
        self.open = 0
        self.started = asyncio.Event()

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        self.requests.append(request)
        said = self.says.pop(0) if self.says else self.last
        self.open += 1
        self.started.set()
        try:
            if isinstance(said, EngineError):
                raise said
            calls = (said,) if isinstance(said, ToolCall) else ()
            text = "" if isinstance(said, ToolCall) else said
            for at in range(0, len(text), self.pieces):
                yield Delta(text[at : at + self.pieces])
                if self.hold is not None:
                    await self.hold.wait()
            count = self.tokens(request) if self.tokens is not None else chars_of(request) // 3
            yield Delta(calls=calls, finish="stop", usage=Usage(count, len(text) // 3))
        finally:
            self.open -= 1

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        raise NotImplementedError

    async def embed(self, request: EmbedRequest) -> Embeddings:
        raise NotImplementedError

    async def facts(self) -> EngineFacts:
        return EngineFacts("a test", "a test", ())

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return model

    def observed(self, model: str) -> Observed:
        return Observed()

    def exchanges(self) -> tuple[Exchange, ...]:
        return ()

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class User:
    """Door and gate in one: says `answer` to all but reading, and has `buffers` open in the editor."""

    answer: UserAnswer = "once"
    buffers: dict[Path, str] = field(default_factory=dict[Path, str])
    asked: list[PermissionRequest] = field(default_factory=list[PermissionRequest])
    written: list[Path] = field(default_factory=list[Path])

    async def ask(self, request: PermissionRequest) -> UserAnswer:
        self.asked.append(request)
        return self.answer

    async def decide(self, request: PermissionRequest) -> Decision:
        if request.kind == "read":
            return Decision("allow")
        answer = await self.ask(request)
        return Decision("allow" if answer in ("once", "always") else "cancelled" if answer == "cancelled" else "deny")

    async def text_of(self, path: Path) -> str | None:
        return self.buffers.get(path)

    async def write(self, path: Path, text: str) -> bool:
        if path not in self.buffers:
            return False
        self.buffers[path] = text
        self.written.append(path)
        path.write_text(text, encoding="utf-8")  # noqa: ASYNC240
        return True


class Images:
    """Notes what is written."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []

    def before(self, path: Path) -> None:
        self.steps.append(("before", path.name))

    def after(self, path: Path, data: bytes) -> None:
        self.steps.append(("after", path.name))

    def write_file(self, path: Path, data: bytes) -> None:
        self.before(path)
        path.write_bytes(data)
        self.after(path, data)


async def _nobody() -> ReviewContext:
    raise NotImplementedError


def talk(
    folder: Path,
    model: Engine,
    user: User | None = None,
    *,
    name: str = "m",
    form: CallForm = "prompted",
    harness: bool = False,
    num_ctx: int = 8192,
    trusted: bool = True,
    settings: Settings | None = None,
    limits: Limits | None = None,
    turns: Sequence[Turn] = (),
) -> Conversation:
    """A conversation on the folder."""
    user = user or User()
    persona = Persona("agent", "agent", "m")
    folder = folder.resolve()
    meter = Meter(num_ctx)
    place = Workplace(folder, settings or settings_of({}), user, meter, _nobody, trusted)
    retrieval = Retrieval(folder, place.settings)
    tools = toolbox(place, Writer(place, Images()), retrieval, NoMemory().recall, _nobody)
    agent = AgentModel(model, name, persona, LoadOptions(num_ctx=num_ctx), form, harness)
    beside = Beside(place, NoMemory().remembered)
    return Conversation(agent, meter, tools, user, beside, limits, tuple(turns), mended)


async def hear(conversation: Conversation, text: str = "Go.") -> list[Event]:
    """All that happens after the user's words."""
    async with aclosing(conversation.prompt(text)) as events:
        return [event async for event in events]


def shown(events: Iterable[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Said))


def ended(events: Sequence[Event]) -> Ended:
    assert isinstance(events[-1], Ended) and sum(isinstance(event, Ended) for event in events) == 1
    return events[-1]
