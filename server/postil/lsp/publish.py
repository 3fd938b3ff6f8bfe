"""Limits how often diagnostics are published: a first change at once, then at most ten times a second per document."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# Seconds. Streamed messages still look smooth, and each publish makes the editor redraw.
INTERVAL = 0.1


class Publisher:
    """Call `changed(uri)` after each change. It calls `send(uri)`, which publishes the current diagnostics."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._last: dict[str, float] = {}
        self._due: dict[str, asyncio.TimerHandle] = {}

    def changed(self, uri: str) -> None:
        if uri in self._due:
            return
        loop = asyncio.get_running_loop()
        wait = self._last.get(uri, -INTERVAL) + INTERVAL - loop.time()
        if wait <= 0:
            self._now(uri)
        else:
            self._due[uri] = loop.call_later(wait, self._now, uri)

    def flush(self, uri: str) -> None:
        """Send pending diagnostics now."""
        if uri in self._due:
            self._now(uri)

    def _now(self, uri: str) -> None:
        timer = self._due.pop(uri, None)
        if timer is not None:
            timer.cancel()
        self._last[uri] = asyncio.get_running_loop().time()
        self._send(uri)

    def forget(self, uri: str) -> None:
        timer = self._due.pop(uri, None)
        if timer is not None:
            timer.cancel()
        self._last.pop(uri, None)
