"""Server-sent events: bytes in any pieces to the data of each event (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import re

# An event of a model's stream takes about 1 kB; a line this long is no stream of tokens.
MAX_EVENT_BYTES = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_FIELDS = (b"data", b"event", b"id", b"retry", b"error")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLong(Exception):
    """A line or event that is longer than that of any real stream."""


class EventParser:
    """Feed it bytes as they come; it returns the `data` of the events that they complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._failed = False
        # All that has come, as long as nothing shows that it is a stream.
        self._whole: bytes | None = b""

    def feed(self, chunk: bytes) -> list[str]:
        self._rest += chunk
        if self._whole is not None:
            self._whole += chunk
            if len(self._whole) > MAX_EVENT_BYTES:
                raise EventTooLong
        # A lone \r at the end may be the first half of \r\n: it stays with the rest.
        half = self._rest.endswith(b"\r")
        *lines, rest = _LINE_END.split(self._rest.removesuffix(b"\r") if half else self._rest)
        self._rest = rest + b"\r" * half
        found = [event for line in lines if (event := self._line(line)) is not None]
        if len(self._rest) + sum(map(len, self._data)) > MAX_EVENT_BYTES:
            raise EventTooLong
        return found

    @property
    def whole(self) -> bool:
        """Whether what came was no stream."""
        return bool(self._whole)

    def finish(self) -> list[str]:
        """What is known at the end of the stream only: a last line end, or the whole answer of a server that doesn't
        stream."""
        if self._rest.endswith(b"\r"):
            return self.feed(b"\n")
        whole = (self._whole or b"").decode("utf-8", "replace").strip()
        return [whole] if whole and not whole.startswith(":") else []

    def _line(self, line: bytes) -> str | None:
        if not line:
            data, failed = self._data, self._failed
            self._data, self._failed = [], False
            said = "\n".join(data)
            return None if not data else f'{{"error": {said}}}' if failed and '"error"' not in said else said
        field, _, value = line.removeprefix(_BOM).partition(b":")
        self._whole = None if field in _FIELDS else self._whole
        if field == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
        elif field == b"error":
            # llama.cpp reports a failure in mid-stream as a field of this name.
            self._data.append('{"error":' + value.decode("utf-8", "replace") + "}")
        elif field == b"event":
            self._failed = value.strip() == b"error"
        return None
