"""Where a client's bytes come from: stdin or TCP; and the end of the process."""

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

# A pipe holds so much.
CHUNK = 65536


class StdoutWriter:
    """A client that has gone ends the server, not with a traceback."""

    def __init__(self, server: PostilServer, stdout: BinaryIO) -> None:
        self._server = server
        self._stdout = stdout

    def write(self, data: bytes) -> None:
        try:
            self._stdout.write(data)
            self._stdout.flush()
        except (OSError, ValueError) as error:
            log.warning("the client doesn't listen any more: %s", error)
            self._server.leave(1)

    def close(self) -> None:
        """Nothing: the end of the process closes it."""


def serve(server: PostilServer, serving: Coroutine[Any, Any, None]) -> NoReturn:
    """Runs a loop until its end and ends the process there. Raises what can't be served (OSError)."""

    async def whole() -> None:
        code = 130
        # Ctrl-C cancels this task.
        with suppress(asyncio.CancelledError):
            await serving
            code = server.exit_code
        await server.close()
        # Not by the interpreter's way: that waits for every thread, and one may read a large file.
        logging.shutdown()
        os._exit(code)

    asyncio.run(whole())
    raise AssertionError("the process has ended")


async def feed(server: PostilServer, framer: Framer, data: bytes) -> None:
    """Take the messages that `data` completes, each after what the one before has started had its turn."""
    for found in framer.feed(data):
        if isinstance(found, BadFrame):
            server.protocol.refuse(str(found))
        else:
            server.protocol.take(found)
        await asyncio.sleep(0)
        if server.left.is_set():
            return


async def stdio(server: PostilServer) -> None:
    """Serves until stdin ends, the client says `exit`, or it is gone."""
    loop = asyncio.get_running_loop()
    server.protocol.set_writer(StdoutWriter(server, sys.stdout.buffer))
    framer, source = Framer(), sys.stdin.fileno()

    def read() -> None:
        # One piece at a time: what comes quicker than it is dealt with waits in the pipe.
        try:
            while data := os.read(source, CHUNK):
                asyncio.run_coroutine_threadsafe(feed(server, framer, data), loop).result()
        except OSError as error:
            log.warning("stdin can't be read: %s", error)
        finally:
            loop.call_soon_threadsafe(server.leave, 1)

    # A daemon: no interpreter ends while a thread of its executors waits for a line.
    threading.Thread(target=read, name="stdin", daemon=True).start()
    await server.left.wait()


async def tcp(server: PostilServer, host: str, port: int) -> None:
    """Serves one client, and ends with it."""

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
