"""Splits a client's bytes into messages. A malformed frame loses one message, never the following ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A document of 50 MB in which every character is escaped (`\ud83d\ude00`) takes 150 MB of JSON. A larger number is an
# error, and its body would never arrive.
MOST_BODY = 256 * 2**20
# LSP's two headers take less than a hundred bytes.
MOST_HEADER = 8192

# No anchor at the start: the rest of a message that was too long may precede the next header on the same line.
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\S*)[ \t]*\r?\n\Z", re.IGNORECASE)


class BadFrame(ValueError):
    """Bytes that aren't a message. The text says why."""


class Framer:
    """`feed` takes received bytes, and yields the bodies of complete messages and one BadFrame for each malformed
    sequence. After an error it continues at the next line that ends with a Content-Length header."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._length: int | None = None
        self._in_body = False
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[bytes | BadFrame]:
        self._held += data
        while True:
            if self._in_body:
                assert self._length is not None
                if len(self._held) < self._length:
                    return
                body = bytes(self._held[: self._length])
                del self._held[: self._length]
                self._length, self._in_body, self._skipping = None, False, False
                yield body
                continue
            end = self._held.find(b"\n")
            if end < 0:
                if len(self._held) > MOST_HEADER:
                    # The end of the data may be the start of a header.
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
        if found.start() and not self._skipping:
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
        """One BadFrame for everything that is skipped until the next message."""
        if not self._skipping:
            self._skipping = True
            yield BadFrame(f"{why}: LSP wants `Content-Length: N`, an empty line, and N bytes of JSON")
