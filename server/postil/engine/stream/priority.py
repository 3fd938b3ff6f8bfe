"""Reviews yield to completions: what is asked in the background stands back while somebody waits for ghost text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace

from postil.core.request import ChatRequest, Delta, InfillRequest, Request, Usage
from postil.engine.base import Engine, EngineFacts, EngineUnavailable

# Between two keys the review must not start anew each time; a pause of half a second is one.
RESUME_AFTER = 0.5


class PriorityEngine:
    """An engine whose background requests wait while an interactive one runs. One that runs already is stopped (its
    socket closed, so that the model is free) and taken up again behind the text it had written; its reader sees one
    stream. A request for JSON can't be continued and runs to its end."""

    def __init__(self, engine: Engine, *, prefill: bool = True) -> None:
        self._engine = engine
        self._prefill = prefill
        self._waiting = 0
        self._free = asyncio.Event()
        self._free.set()
        self._wanted = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        if request.lane == "interactive":
            return self._first(self._engine.chat(request))
        can = self._prefill and request.json_schema is None
        return self._behind(request, self._engine.chat, _chat_from if can else None)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        if request.lane == "interactive":
            return self._first(self._engine.infill(request))
        return self._behind(request, self._engine.infill, _infill_from)

    async def _first(self, stream: AsyncGenerator[Delta]) -> AsyncGenerator[Delta]:
        async with aclosing(stream):
            with self._asking():
                async for delta in stream:
                    yield delta

    @contextmanager
    def _asking(self) -> Iterator[None]:
        self._waiting += 1
        self._free.clear()
        self._wanted.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            yield
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._wanted.clear()
                self._timer = asyncio.get_running_loop().call_later(RESUME_AFTER, self._free.set)

    async def _behind(
        self,
        request: Request,
        ask: Callable[[Request], AsyncGenerator[Delta]],
        go_on: Callable[[Request, str, int], Request] | None,
    ) -> AsyncGenerator[Delta]:
        """The stream of a background request, with pauses."""
        written, pieces = "", 0
        spent = Usage()
        while True:
            await self._free.wait()
            if self._closed:
                raise EngineUnavailable("The engine has gone while this waited. Save again to try again.")
            latest: Usage | None = None
            asked = go_on(request, written, pieces) if go_on and written else request
            async with aclosing(ask(asked)) as stream:
                while True:
                    try:
                        delta = await (anext(stream) if go_on is None else self._next(stream))
                    except StopAsyncIteration:
                        return
                    if delta is None:
                        break
                    written += delta.text
                    pieces += bool(delta.text)
                    latest = delta.usage or latest
                    if delta.usage is not None and spent != Usage():
                        delta = replace(delta, usage=spent + delta.usage)
                    yield delta
            spent += latest or Usage()

    async def _next(self, stream: AsyncGenerator[Delta]) -> Delta | None:
        """The next delta; None when the engine is wanted by somebody who waits."""
        coming = asyncio.ensure_future(anext(stream))
        wanted = asyncio.ensure_future(self._wanted.wait())
        try:
            await asyncio.wait({coming, wanted}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else None
        finally:
            # The generator can only be closed when nothing waits inside it.
            for task in (coming, wanted):
                task.cancel()
            await asyncio.gather(coming, wanted, return_exceptions=True)

    async def facts(self) -> EngineFacts:
        return await self._engine.facts()

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # Who stands back for a completion that nobody is going to finish would wait for ever.
        self._closed = True
        self._free.set()
        await self._engine.aclose()


def _left(limit: int | None, pieces: int) -> int | None:
    """The tokens that are left to write; a delta is a token, or more of them, never less."""
    return None if limit is None else max(limit - pieces, 1)


def _chat_from(request: ChatRequest, written: str, pieces: int) -> ChatRequest:
    sampling = replace(request.sampling, max_tokens=_left(request.sampling.max_tokens, pieces))
    return replace(request, prefill=request.prefill + written, sampling=sampling)


def _infill_from(request: InfillRequest, written: str, pieces: int) -> InfillRequest:
    sampling = replace(request.sampling, max_tokens=_left(request.sampling.max_tokens, pieces))
    return replace(request, begun=request.begun + written, sampling=sampling)
