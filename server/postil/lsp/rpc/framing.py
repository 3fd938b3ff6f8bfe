"""Messages cut out of the bytes of a client, whatever it sends: a fault costs one message, never the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A document of 50 MB in which every character is escaped (`\ud83d\ude00`) is 150 MB of JSON; what is longer is a
# mistaken number, and would be waited for in vain.
MOST_BODY = 256 * 2**20
# The two headers of LSP take under a hundred bytes.
MOST_HEADER = 8192

# What is left of a message that was too long stands before the next one's header, on the same line.
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\S*)[ \t]*\r?\n\Z", re.IGNORECASE)


class BadFrame(ValueError):
    """What can't be a message; the text says why."""


class Framer:
    """`feed` takes what has come and gives the bodies of whole messages, and a BadFrame for each run of bytes that is
    none. After a fault it goes on at the next line that ends in a length."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._length: int | None = None
        self._in_body = False
        self._lost = False

    def feed(self, data: bytes) -> Iterator[bytes | BadFrame]:
        self._held += data
        while True:
            if self._in_body:
                assert self._length is not None
                if len(self._held) < self._length:
                    return
                body = bytes(self._held[: self._length])
                del self._held[: self._length]
                self._length, self._in_body, self._lost = None, False, False
                yield body
                continue
            end = self._held.find(b"\n")
            if end < 0:
                if len(self._held) > MOST_HEADER:
                    # Its end may be the beginning of a header.
                    del self._held[: -MOST_HEADER // 2]
                    yield from self._fault("no header was found")
                return
            line = bytes(self._held[: end + 1])
            del self._held[: end + 1]
            yield from self._header(line)

    def _header(self, line: bytes) -> Iterator[BadFrame]:
        if not line.strip():
            if self._length:
                self._in_body = True
            else:
                self._length = None
                yield from self._fault("a header without Content-Length")
            return
        found = _LENGTH.search(line)
        if found is None:
            if b":" not in line or line.lstrip().startswith((b"{", b"[", b'"')):
                yield from self._fault("a line that is no header")
            return
        if found.start() and not self._lost:
            yield from self._fault("bytes before a header")
        digits = found[1]
        if not digits.isdigit() or len(digits) > 15 or not 0 < int(digits) <= MOST_BODY:
            self._length = None
            yield from self._fault(
                f"Content-Length is {digits[:40].decode('ascii', 'replace')!r}, not 1 to {MOST_BODY}"
            )
            return
        self._length = int(digits)

    def _fault(self, why: str) -> Iterator[BadFrame]:
        """One for all that is lost until the next message."""
        if not self._lost:
            self._lost = True
            yield BadFrame(f"{why}: LSP wants `Content-Length: N`, an empty line, and N bytes of JSON")
