"""A server that answers as it is told, byte by byte, and notes what it was asked and when it was left."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

# A step of an answer: bytes, what happens to the connection then, or something that is waited for first.
Step = bytes | Literal["reset", "stall"] | asyncio.Event


@dataclass(slots=True)
class Asked:
    """A request: its first line, its headers in lower case, its body."""

    line: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class FaultyServer:
    """Answers every request with `steps`, or with those of its path in `paths`, and hangs up; whatever follows `stall`
    never comes. `left` is set once a connection is over, whoever ended it."""

    steps: Sequence[Step] = ()
    paths: dict[str, Sequence[Step]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rows = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rows)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.asked.append(Asked(line, headers, json.loads(body) if body else None))
            for step in self.paths.get(line.split(" ")[1], self.steps):
                if step == "reset":
                    _reset(writer)
                    return
                if step == "stall":
                    await reader.read()
                    return
                if isinstance(step, asyncio.Event):
                    await step.wait()
                    continue
                writer.write(step)
                await writer.drain()
                # So that the client gets this piece by itself.
                await asyncio.sleep(0)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.left.set()
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Without lingering, closing sends RST; a mere `abort` would end the connection in good order."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def serving(*steps: Step) -> AsyncIterator[FaultyServer]:
    found = FaultyServer(steps)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()


def head(status: int = 200, kind: str = "text/event-stream") -> bytes:
    """The head of an answer that ends with its connection."""
    return f"HTTP/1.1 {status} Whatever\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode()


def refusal(status: int, body: str, kind: str = "application/json") -> bytes:
    return head(status, kind) + body.encode()


def event(**value: Any) -> bytes:
    """A server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def piece(text: str, finish: str | None = None) -> bytes:
    """A chunk of an OpenAI-compatible chat completion."""
    return event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": finish}])


DONE = b"data: [DONE]\n\n"
