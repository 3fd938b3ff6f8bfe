"""Serves a client over stdin or TCP, and ends the process."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, BinaryIO, NoReturn

from postil.lsp.rpc.framing import BadFrame, Framer
from postil.lsp.server import PostilServer

log = logging.getLogger(__name__)

# The usual capacity of a pipe.
CHUNK = 65536


class StdoutWriter:
    """Writes to stdout. If the client is gone, it ends the server without a traceback."""

    def __init__(self, server: PostilServer, stdout: BinaryIO) -> None:
        self._server = server
        self._stdout = stdout

    def write(self, data: bytes) -> None:
        try:
            self._stdout.write(data)
            self._stdout.flush()
        except (OSError, ValueError) as error:
            log.warning("the client no longer reads: %s", error)
            self._server.leave(1)

    def close(self) -> None:
        """Does nothing: stdout is closed when the process ends."""


def serve(server: PostilServer, serving: Coroutine[Any, Any, None]) -> NoReturn:
    """Runs the event loop until `serving` ends, then exits the process. Raises OSError if serving can't start."""

    async def whole() -> None:
        code = 130
        # Ctrl-C cancels this task.
        with suppress(asyncio.CancelledError):
            await serving
            code = server.exit_code
        await server.close()
        # A normal exit would wait for all threads, and one of them may be reading a large file.
        logging.shutdown()
        os._exit(code)

    asyncio.run(whole())
    raise AssertionError("the process has ended")


async def feed(server: PostilServer, framer: Framer, data: bytes) -> None:
    """Handle the messages that `data` completes. The tasks that a message started run before the next message."""
    for found in framer.feed(data):
        if isinstance(found, BadFrame):
            server.protocol.refuse(str(found))
        else:
            server.protocol.take(found)
        await asyncio.sleep(0)
        if server.left.is_set():
            return


async def stdio(server: PostilServer) -> None:
    """Serves until stdin ends, the client sends `exit`, or its process ends."""
    loop = asyncio.get_running_loop()
    server.protocol.set_writer(StdoutWriter(server, sys.stdout.buffer))
    framer, source = Framer(), sys.stdin.fileno()

    def read() -> None:
        # Handles one chunk before it reads the next, so that a fast client is slowed down by the pipe.
        try:
            while data := os.read(source, CHUNK):
                asyncio.run_coroutine_threadsafe(feed(server, framer, data), loop).result()
        except OSError as error:
            log.warning("stdin can't be read: %s", error)
        finally:
            loop.call_soon_threadsafe(server.leave, 1)

    # A daemon thread: an executor's thread that waits for stdin would prevent the exit of the interpreter.
    threading.Thread(target=read, name="stdin", daemon=True).start()
    await server.left.wait()


async def tcp(server: PostilServer, host: str, port: int) -> None:
    """Serves one client until it disconnects."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.protocol.set_writer(writer)
        framer = Framer()
        with suppress(ConnectionError):
            while not server.left.is_set() and (data := await reader.read(CHUNK)):
                await feed(server, framer, data)
            await writer.drain()
        server.leave(1)

    async with await asyncio.start_server(connected, host, port):
        await server.left.wait()
