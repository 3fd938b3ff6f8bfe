"""A proxy of ours before a real engine: it passes on what is asked and answered, or does what a fault says instead."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

# What is asked: an answer to words, text for a gap, vectors of texts, or what the engine is.
Kind = Literal["chat", "infill", "embed", "facts", "other"]
_KINDS: dict[str, Kind] = {
    "/api/chat": "chat",
    "/v1/chat/completions": "chat",
    "/api/generate": "infill",
    "/infill": "infill",
    "/completion": "infill",
    "/api/embed": "embed",
    "/v1/embeddings": "embed",
    "/api/tags": "facts",
    "/v1/models": "facts",
}
# Real answers come in their own time; the suite's own deadlines end what hangs.
_UPSTREAM = httpx.Timeout(None, connect=10.0)


@dataclass(slots=True)
class Exchange:
    """One request, what the engine says to it, and the connection on which it is answered."""

    path: str
    head: bytes
    body: bytes
    address: Callable[[], str]
    writer: asyncio.StreamWriter
    begun: bool = False

    @property
    def kind(self) -> Kind:
        # A prompt that is only rendered is no answer.
        return "other" if b'"_debug_render_only"' in self.body else _KINDS.get(self.path, "other")

    @property
    def in_events(self) -> bool:
        """Server-sent events (llama.cpp, OpenAI), else a line of JSON each (Ollama)."""
        return not self.path.startswith("/api/")

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The engine's real answer, a whole line or event each. Begins the answer with the engine's own status."""
        method, _, headers = self.head.decode("latin-1").partition(" ")
        sent = [line.split(": ", 1) for line in headers.split("\r\n")[1:] if ": " in line]
        wanted = {name: value for name, value in sent if name.lower() not in ("host", "connection", "content-length")}
        async with (
            httpx.AsyncClient(trust_env=False, timeout=_UPSTREAM) as client,
            client.stream(method, self.address() + self.path, headers=wanted, content=self.body) as answer,
        ):
            await self.begin(answer.status_code, answer.headers.get("content-type", ""))
            end = b"\n\n" if self.in_events and "event-stream" in answer.headers.get("content-type", "") else b"\n"
            rest = b""
            async for chunk in answer.aiter_raw():
                *whole, rest = (rest + chunk).split(end)
                for piece in whole:
                    yield piece + end
            if rest:
                yield rest

    def said(self, text: str, **more: Any) -> bytes:
        """A piece of an answer with this text, in the words of the engine that was asked."""
        if self.path == "/api/chat":
            return self.line({"model": "m", "message": {"role": "assistant", "content": text}, "done": False, **more})
        if self.path == "/api/generate":
            return self.line({"model": "m", "response": text, "done": False, **more})
        if self.kind == "chat":
            return self.line({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **more})
        return self.line({"content": text, "stop": False, **more})

    def last(self, **more: Any) -> bytes:
        """The end of a whole answer."""
        if self.path == "/api/chat":
            return self.line({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, **more})
        if self.path == "/api/generate":
            return self.line({"model": "m", "response": "", "done": True, **more})
        if self.kind == "chat":
            choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
            return self.line({"choices": [choice], **more}) + b"data: [DONE]\n\n"
        return self.line({"content": "", "stop": True, "stop_type": "eos", **more})

    def line(self, value: Any) -> bytes:
        """JSON as this engine frames it. Lone surrogates and NULs are spelled, as JSON can."""
        body = json.dumps(value).encode()
        return b"data: " + body + b"\n\n" if self.in_events else body + b"\n"

    async def begin(self, status: int = 200, kind: str | None = None, *lines: str) -> None:
        """The head of an answer in chunks; its own kind of stream when none is named."""
        if self.begun:
            return
        self.begun = True
        own = "text/event-stream" if self.in_events else "application/x-ndjson"
        kind = kind or ("application/json" if self.kind == "embed" else own)
        rows = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *lines]
        await self.raw("\r\n".join([*rows, "Connection: close", "", ""]).encode())

    async def send(self, data: bytes) -> None:
        """A piece of the body, in one chunk."""
        await self.begin()
        await self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        # So that the client gets this piece by itself.
        await asyncio.sleep(0)

    async def end(self) -> None:
        """The last chunk: the answer is whole."""
        await self.raw(b"0\r\n\r\n")

    async def passed_on(self) -> None:
        """The real answer as it is."""
        async with aclosing(self.pieces()) as pieces:
            async for piece in pieces:
                await self.send(piece)
        await self.end()

    def reset(self) -> None:
        """Without lingering, closing sends RST; a mere `abort` would end the connection in good order."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class Proxy:
    """`address` tells where the engine is; `fault` is what is done to an exchange of `strikes` (None: nothing is).
    `struck` counts them. With `spare`, so many of them go through first."""

    address: Callable[[], str]
    fault: Fault | None = None
    strikes: frozenset[str] = frozenset()
    spare: int = 0
    struck: int = 0
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """On the port that it had, if it had one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Nobody listens any more; who was connected is cut off."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def do(self, fault: Fault | None, strikes: frozenset[str] = frozenset(), spare: int = 0) -> None:
        self.fault, self.strikes, self.spare, self.struck = fault, strikes, spare, 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        answering: asyncio.Task[None] | None = None
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).rstrip(b"\r\n")
            rows = dict(row.lower().split(b": ", 1) for row in head.split(b"\r\n")[1:])
            body = await reader.readexactly(int(rows.get(b"content-length", b"0")))
            exchange = Exchange(head.split(b" ")[1].decode(), head, body, self.address, writer)
            self.asked.append(exchange.path)
            answering = asyncio.create_task(self._answer(exchange))
            # The client says no more: what comes is its end, and then the engine stops too.
            gone = asyncio.create_task(reader.read())
            await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            if answering is not None:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
            writer.close()
            self._open.discard(task)

    async def _answer(self, exchange: Exchange) -> None:
        # The engine that died behind us is the client's to notice: the connection just ends.
        with suppress(ConnectionError, httpx.HTTPError):
            fault = self.fault if exchange.kind in self.strikes else None
            if fault is not None and self.spare > 0:
                self.spare, fault = self.spare - 1, None
            if fault is None:
                await exchange.passed_on()
            else:
                self.struck += 1
                await fault(exchange)

    async def close(self) -> None:
        await self.refuse()
