"""Server-sent events: bytes in any pieces to the data of each event (WHATWG HTML, section 9.2)."""

from __future__ import annotations

# An event of a model's stream takes about 1 kB; a line this long is no stream of tokens.
MAX_EVENT_BYTES = 4 * 1024 * 1024


class EventTooLong(Exception):
    """A line or event that is longer than that of any real stream."""


class EventParser:
    """Feed it bytes as they come; it returns the `data` of the events that they complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[str]:
        self._rest += chunk
        lines = self._rest.replace(b"\r\n", b"\n").split(b"\n")
        # A lone \r at the end may be the first half of \r\n: it stays with the rest.
        self._rest = lines.pop()
        found = [event for line in lines if (event := self._line(line)) is not None]
        if len(self._rest) + sum(map(len, self._data)) > MAX_EVENT_BYTES:
            raise EventTooLong
        return found

    def _line(self, line: bytes) -> str | None:
        if not line:
            data, self._data = self._data, []
            return "\n".join(data) if data else None
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
        elif field == b"error":
            # llama.cpp reports a failure in mid-stream as a field of this name.
            self._data.append('{"error":' + value.decode("utf-8", "replace") + "}")
        return None
