"""The messages of the protocol over stdin and stdout: one JSON object a line. Whatever comes, the process lives on."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from queue import SimpleQueue
from typing import Any, cast

log = logging.getLogger(__name__)

# The usual capacity of a pipe.
CHUNK = 65_536
# Of one message: an editor's buffer, or an image that isn't read.
MOST_BYTES = 50 * 1024 * 1024
# Of what is told about a message that makes no sense: clients echo it into their logs.
_MOST_DATA = 2_000

Message = dict[str, Any]


class Lines:
    """A `Transport` of the `acp` package. Its own only knows well-formed messages, and ends the process at others."""

    def __init__(self, source: int, sink: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._source, self._sink = source, sink
        self._incoming: asyncio.Queue[Message | None] = asyncio.Queue()
        self._outgoing: SimpleQueue[tuple[bytes, asyncio.Future[None]] | None] = SimpleQueue()
        self._closed = False
        # Daemon threads: one that waits for a client would prevent the exit of the interpreter.
        threading.Thread(target=self._read, name="acp stdin", daemon=True).start()
        threading.Thread(target=self._write, name="acp stdout", daemon=True).start()

    @classmethod
    def stdio(cls) -> Lines:
        """Takes stdout for the protocol: what anything else prints goes to stderr from now on."""
        sys.stdout.flush()
        sink = os.dup(1)
        os.dup2(2, 1)
        return cls(0, sink)

    async def send(self, message: Message) -> None:
        """The place in the order is taken before the first `await`; returns when it is written."""
        if self._closed:
            return
        written: asyncio.Future[None] = self._loop.create_future()
        self._outgoing.put((_encoded(message), written))
        await written

    async def receive(self) -> Message | None:
        """The next message; None at the end."""
        return await self._incoming.get()

    async def close(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Nothing is read or written any more. Called by a signal's handler too."""
        if not self._closed:
            self._closed = True
            self._incoming.put_nowait(None)
            self._outgoing.put(None)

    def _read(self) -> None:
        rest, skips = bytearray(), False
        try:
            while data := os.read(self._source, CHUNK):
                *whole, last = data.split(b"\n")
                for piece in whole:
                    line, rest = bytes(rest + piece), bytearray()
                    if skips:
                        skips = False
                    else:
                        # Handles one before it reads the next, so that a fast client is slowed down by the pipe.
                        asyncio.run_coroutine_threadsafe(self._take(line), self._loop).result()
                rest += last
                if len(rest) > MOST_BYTES and not skips:
                    asyncio.run_coroutine_threadsafe(self._refuse(-32700, "the message is too long"), self._loop)
                    skips = True
                if skips:
                    rest.clear()
            if rest and not skips:
                asyncio.run_coroutine_threadsafe(self._take(bytes(rest)), self._loop).result()
        except (OSError, RuntimeError) as error:
            log.warning("stdin can't be read: %s", error)
        finally:
            self._threadsafe_leave()

    def _write(self) -> None:
        while (item := self._outgoing.get()) is not None:
            data, written = item
            view = memoryview(data)
            try:
                while view:
                    view = view[os.write(self._sink, view) :]
            except OSError as error:
                log.warning("the client no longer reads: %s", error)
                self._threadsafe_leave()
                return
            try:
                self._loop.call_soon_threadsafe(_done, written)
            except RuntimeError:
                # The loop is closed: the process ends.
                return

    def _threadsafe_leave(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self.leave)
        except RuntimeError:
            log.debug("the loop is closed already")

    async def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            found: object = json.loads(line)
        except (ValueError, RecursionError):
            await self._refuse(-32700, "that is no JSON")
            return
        if not isinstance(found, dict):
            await self._refuse(-32600, "a message is a JSON object")
            return
        message = cast("Message", found)
        number = message.get("id")
        known = isinstance(number, int | str | None) and not isinstance(number, bool)
        if "method" in message:
            if not isinstance(message["method"], str) or not known:
                await self._refuse(-32600, "its method and id make no sense", number if known else None)
                return
            params: object = message.get("params")
            if params is not None and not isinstance(params, dict):
                if "id" in message:
                    await self._refuse(-32602, "params is a JSON object", number)
                return
            if params is None:
                message["params"] = {}
        elif not known or number is None or not isinstance(message.get("error", {}), dict):
            log.warning("an answer that makes no sense")
            return
        if not self._closed:
            self._incoming.put_nowait(message)

    async def _refuse(self, code: int, why: str, number: int | str | None = None) -> None:
        log.warning("a message is refused: %s", why)
        await self.send({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": why}})


def _encoded(message: Message) -> bytes:
    """As one line of ASCII."""
    error = message.get("error")
    if isinstance(error, dict):
        message = {**message, "error": _short(cast("dict[str, object]", error))}
    # What a validator puts into an error may be an exception.
    return json.dumps(message, separators=(",", ":"), default=str).encode("ascii") + b"\n"


def _short(error: dict[str, object]) -> dict[str, object]:
    data = json.dumps(error.get("data"), default=str)
    return error if len(data) <= _MOST_DATA else {**error, "data": {"details": data[:_MOST_DATA] + "…"}}


def _done(written: asyncio.Future[None]) -> None:
    if not written.done():
        written.set_result(None)
