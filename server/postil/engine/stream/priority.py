"""Priorities: background requests (reviews) pause while an interactive one (a completion) runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import TypeVar

from postil.core.embedding import batches
from postil.core.exchanges.kept import Exchange
from postil.core.models import observed as observations
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest, Request, Usage
from postil.engine.base import Engine, EngineFacts, EngineUnavailable, ModelInfo
from postil.engine.stream.vectors import joined_answers

T = TypeVar("T")

# Seconds after the last interactive request. Shorter, a review would start anew between two keys.
RESUME_AFTER = 0.5


class PriorityEngine:
    """An engine whose background requests wait while an interactive one runs. A background request that runs already is
    stopped (its socket closed, so that the model is free) and later continued after the text that it had written; its
    consumer sees one stream. What can't be continued runs to its end: a request for JSON, an answer that began anew,
    and one to a model whose answers can't be begun; `prefill` is for models that weren't described. A batch of
    texts to embed is sent again."""

    def __init__(self, engine: Engine, *, prefill: bool = True) -> None:
        self._engine = engine
        self._prefill = prefill
        # By the names of the models that were described.
        self._continued: dict[str, bool] = {}
        self._running = 0
        self._free = asyncio.Event()
        self._free.set()
        self._interrupt = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        if request.lane == "interactive":
            return self._at_once(self._engine.chat(request))
        resumable = self._continued.get(request.model, self._prefill) and request.json_schema is None
        return self._in_background(request, self._engine.chat, _resumed_chat if resumable else None)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        if request.lane == "interactive":
            return self._at_once(self._engine.infill(request))
        return self._in_background(request, self._engine.infill, _resumed_infill)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        if request.lane == "interactive":
            with self._interactive():
                return await self._engine.embed(request)
        return joined_answers([await self._batch(batch) for batch in batches(request)], request.model)

    async def _batch(self, batch: EmbedRequest) -> Embeddings:
        """The vectors of a background request's batch."""
        while True:
            await self._turn()
            found = await self._unless_interrupted(self._engine.embed(batch))
            if found is not None:
                return found

    async def _turn(self) -> None:
        """Wait until no interactive request runs."""
        await self._free.wait()
        if self._closed:
            raise EngineUnavailable("The engine was closed while this request waited. Save again to try again.")

    async def _at_once(self, stream: AsyncGenerator[Delta]) -> AsyncGenerator[Delta]:
        async with aclosing(stream):
            with self._interactive():
                async for delta in stream:
                    yield delta

    @contextmanager
    def _interactive(self) -> Generator[None]:
        self._running += 1
        self._free.clear()
        self._interrupt.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            yield
        finally:
            self._running -= 1
            if self._running == 0:
                self._interrupt.clear()
                self._timer = asyncio.get_running_loop().call_later(RESUME_AFTER, self._free.set)

    async def _in_background(
        self,
        request: Request,
        send: Callable[[Request], AsyncGenerator[Delta]],
        resumed: Callable[[Request, str, int], Request] | None,
    ) -> AsyncGenerator[Delta]:
        """The stream of a background request, with pauses."""
        written, pieces = "", 0
        spent = Usage()
        while True:
            await self._turn()
            latest: Usage | None = None
            rest = resumed(request, written, pieces) if resumed and written else request
            async with aclosing(send(rest)) as stream:
                while True:
                    try:
                        delta = await (anext(stream) if resumed is None else self._unless_interrupted(anext(stream)))
                    except StopAsyncIteration:
                        return
                    if delta is None:
                        break
                    if delta.anew:
                        # The engine doesn't continue a beginning: this answer can't be interrupted.
                        resumed, written = None, ""
                    written += delta.text
                    pieces += bool(delta.text)
                    latest = delta.usage or latest
                    if delta.usage is not None and spent != Usage():
                        delta = replace(delta, usage=spent + delta.usage)
                    yield delta
            spent += latest or Usage()

    async def _unless_interrupted(self, coming: Awaitable[T]) -> T | None:
        """What is waited for; None when an interactive request comes first, and it is cancelled."""
        task = asyncio.ensure_future(coming)
        interrupt = asyncio.ensure_future(self._interrupt.wait())
        try:
            await asyncio.wait({task, interrupt}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            # A generator can only be closed when nothing waits inside it.
            for one in (task, interrupt):
                one.cancel()
            await asyncio.gather(task, interrupt, return_exceptions=True)

    async def facts(self) -> EngineFacts:
        return await self._engine.facts()

    async def describe(self, model: ModelInfo) -> ModelInfo:
        found = await self._engine.describe(model)
        self.learn(found)
        return found

    def learn(self, model: ModelInfo) -> None:
        """An answer of a model that can't be begun isn't interrupted: it would be written anew."""
        self._continued[model.name] = model.abilities.begins

    def exchanges(self) -> tuple[Exchange, ...]:
        return self._engine.exchanges()

    def observed(self, model: str) -> observations.Observed:
        return self._engine.observed(model)

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # A request that pauses for a completion would wait for ever: nobody finishes that one any more.
        self._closed = True
        self._free.set()
        await self._engine.aclose()


def _left(limit: int | None, pieces: int) -> int | None:
    """The tokens that may still be written; a delta holds at least one."""
    return None if limit is None else max(limit - pieces, 1)


def _resumed_chat(request: ChatRequest, written: str, pieces: int) -> ChatRequest:
    sampling = replace(request.sampling, max_tokens=_left(request.sampling.max_tokens, pieces))
    # What was to be thought has been: an answer that is begun goes on without.
    think = False if request.think is True else request.think
    return replace(request, prefill=request.prefill + written, sampling=sampling, think=think)


def _resumed_infill(request: InfillRequest, written: str, pieces: int) -> InfillRequest:
    sampling = replace(request.sampling, max_tokens=_left(request.sampling.max_tokens, pieces))
    return replace(request, begun=request.begun + written, sampling=sampling)
