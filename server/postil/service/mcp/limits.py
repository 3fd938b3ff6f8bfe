"""What a server may cost: bytes, seconds, tools. A server that wants more is ended, or cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mcp.client._transport import TransportStreams

Streams: TypeAlias = TransportStreams


@dataclass(frozen=True, slots=True)
class Limits:
    """`line_bytes`: of one message. `most_bytes` and `most_messages`: of all that comes between two of our messages.
    `result_chars`: of a tool's result, the rest is left out. `restart_seconds`: a server that ended is started again
    once in this time."""

    start_seconds: float = 60.0
    list_seconds: float = 30.0
    grace_seconds: float = 1.0
    line_bytes: int = 8 << 20
    most_bytes: int = 24 << 20
    most_messages: int = 20_000
    garbage_lines: int = 200
    result_chars: int = 100_000
    tools: int = 200
    pages: int = 20
    description_chars: int = 400
    schema_chars: int = 8_000
    restart_seconds: float = 60.0


class Volume:
    """Bytes and messages since our latest message."""

    def __init__(self, most_bytes: int, most_messages: int) -> None:
        self._most = most_bytes, most_messages
        self._bytes = self._messages = 0

    def begin(self) -> None:
        """A message of ours goes out."""
        self._bytes = self._messages = 0

    def add(self, count: int) -> bool:
        """Bytes came; whether they are few enough."""
        self._bytes += count
        return self._bytes <= self._most[0]

    def message(self) -> bool:
        """A message came; whether they are few enough."""
        self._messages += 1
        return self._messages <= self._most[1]
