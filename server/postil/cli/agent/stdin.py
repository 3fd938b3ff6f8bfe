"""Reads stdin beside the event loop, so that a signal ends a wait for it."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress

# Bytes of what is piped; a model reads far less.
_MOST_PIPED = 4 << 20


async def piped() -> str:
    """All that is piped in; "" at a terminal. The thread that waits for it ends with the process."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        try:
            text = sys.stdin.buffer.read(_MOST_PIPED).decode("utf-8", "replace")
        except (OSError, ValueError):
            text = ""
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: found.done() or found.set_result(text))

    threading.Thread(target=read, daemon=True).start()
    return await found


class Lines:
    """The lines of stdin, by one thread: a question that is given up takes no line with it."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._started = False

    async def next(self, question: str) -> str | None:
        """None at the end."""
        print(question, end="", file=sys.stderr, flush=True)
        if not self._started:
            self._started = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), daemon=True).start()
        return await self._lines.get()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        text: str | None = ""
        while text is not None:
            text = sys.stdin.readline() or None
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._lines.put_nowait, text)
