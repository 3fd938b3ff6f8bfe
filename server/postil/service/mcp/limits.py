"""What a server may cost: bytes, seconds, tools. A server that wants more is ended, or cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mcp.client._transport import TransportStreams

Streams: TypeAlias = TransportStreams


@dataclass(frozen=True, slots=True)
class Limits:
    """`line_bytes`: of one message; `most_bytes`: of all that comes between two of our messages. `result_chars`: of a
    tool's result, the rest is left out. `restart_seconds`: a server that ended is started again once in this time."""

    start_seconds: float = 60.0
    list_seconds: float = 30.0
    grace_seconds: float = 1.0
    line_bytes: int = 8 << 20
    most_bytes: int = 24 << 20
    garbage_lines: int = 200
    result_chars: int = 100_000
    tools: int = 200
    pages: int = 20
    description_chars: int = 400
    schema_chars: int = 8_000
    restart_seconds: float = 60.0


class Volume:
    """Bytes since our latest message."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._read = 0

    def begin(self) -> None:
        """A message goes out."""
        self._read = 0

    def add(self, count: int) -> bool:
        """Whether that is still little enough."""
        self._read += count
        return self._read <= self._most
