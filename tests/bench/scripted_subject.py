"""A conversation that says and does what a test has written down."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from types import TracebackType

from bench.agent.recording import Asked
from bench.agent.subject import NUM_CTX, Subject

from postil.core.agent.events import CallEnded, CallStarted, Event
from postil.core.agent.tool import ToolCall
from postil.service.agent.door import Door

Turn = Callable[[Path, str], AsyncGenerator[Event]]
_NUMBERS = itertools.count(1)


def call(name: str, text: str = "", /, **arguments: object) -> list[Event]:
    """A call and its result."""
    made = ToolCall(f"c{next(_NUMBERS)}", name, json.dumps(arguments))
    return [CallStarted(made, "read", name), CallEnded(made, text)]


def says(*events: Event) -> Turn:
    """A turn of these events, whatever is asked."""

    async def turn(folder: Path, text: str) -> AsyncGenerator[Event]:
        del folder, text
        for event in events:
            yield event

    return turn


class Scripted:
    """`requests`: what it tells of them after each turn."""

    def __init__(self, folder: Path, turn: Turn, requests: Sequence[Asked]) -> None:
        self._folder, self._turn, self._each = folder, turn, requests
        self._requests: list[Asked] = []
        self.closed = False

    async def __aenter__(self) -> Subject:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True

    async def prompt(self, text: str) -> AsyncGenerator[Event]:
        self._requests += self._each
        async for event in self._turn(self._folder, text):
            yield event

    def requests(self) -> Sequence[Asked]:
        return self._requests


class Opener:
    """Opens scripted conversations, and keeps them."""

    def __init__(self, turn: Turn, requests: Sequence[Asked] = ()) -> None:
        self._turn, self._each = turn, requests
        self.opened: list[Scripted] = []

    def __call__(
        self,
        folder: Path,
        model: str,
        form: str,
        driver: str,
        engine: str,
        door: Door,
        *,
        num_ctx: int = NUM_CTX,
        memory: bool = True,
    ) -> Subject:
        del model, form, driver, engine, door, num_ctx, memory
        self.opened.append(Scripted(folder, self._turn, self._each))
        return self.opened[-1]
