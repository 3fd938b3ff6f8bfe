"""Decodes source files: determines the encoding, or says why a file can't be read."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# As in git: a file with a NUL byte in its first 8000 bytes is binary.
BINARY_PROBE_BYTES = 8000
# A larger file isn't written by hand: it is generated, or data.
MAX_SOURCE_BYTES = 1_000_000

_BOMS = (  # UTF-32 before UTF-16, whose mark is a prefix of its mark
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# PEP 263's expression, extended to the comment markers of other languages.
_DECLARED = re.compile(rb"^[ \t\f]*(?:#|//|/\*|--|;|%|\").*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")


Newline = Literal["\n", "\r\n", "\r"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text with `\\n` as line ends and without a byte order mark. `newline`: the file's most frequent line
    end. `encoding`: the name of the Python codec."""

    text: str
    encoding: str = "utf-8"
    newline: Newline = "\n"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file can't be read, for the user."""

    reason: str


def mark_of(data: bytes) -> bytes:
    """The byte order mark that a file begins with; b"" without one."""
    return next((mark for mark, _ in _BOMS if data.startswith(mark)), b"")


def is_binary(data: bytes) -> bool:
    """Whether a file's first bytes show that it isn't text."""
    return not mark_of(data) and b"\0" in data[:BINARY_PROBE_BYTES]


def is_notebook(beginning: str) -> bool:
    """Whether a text that begins so is the JSON of a notebook, whatever its name is."""
    return beginning[:200].lstrip("\ufeff \t\r\n").startswith("{") and all(
        key in beginning for key in ('"cells"', '"cell_type"')
    )


def read_source(path: Path, max_bytes: int = MAX_SOURCE_BYTES) -> Source | Unreadable:
    """The text of a file."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        return Unreadable(f"can't read it: {error.strerror or error}")
    if len(data) > max_bytes:
        return Unreadable(too_large(max_bytes))
    return decode_source(data)


def too_large(max_bytes: int) -> str:
    return f"larger than {max_bytes // 1000} kB"


def decode_source(data: bytes) -> Source | Unreadable:
    """Decodes bytes by their byte order mark, otherwise by the declared encoding, otherwise as UTF-8."""
    if is_binary(data):
        return Unreadable("binary")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, f"begins with the byte order mark of {encoding.upper()}")
    declared = _declared(data)
    if declared is None:
        claim = "declares no encoding and is not UTF-8: save it as UTF-8, or declare one (`coding: latin-1`)"
        return _decode(data, "utf-8", claim)
    try:
        known = codecs.lookup(declared)
        b" ".decode(declared)  # raises for codecs that aren't for text, such as hex
    except (LookupError, UnicodeError):
        return Unreadable(f"declares the encoding {declared!r}, which Python doesn't know")
    return _decode(data, known.name, f"declares {declared}")


def _declared(data: bytes) -> str | None:
    for line in re.split(rb"\r\n|\r|\n", data[:1000], maxsplit=2)[:2]:
        match = _DECLARED.match(line)
        if match:
            return match[1].decode("ascii")
    return None


def _decode(data: bytes, encoding: str, claim: str) -> Source | Unreadable:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Unreadable(f"line {line} has a byte that doesn't fit ({data[error.start]:#04x}): the file {claim}")
    windows = text.count("\r\n")
    counts: dict[Newline, int] = {"\n": text.count("\n") - windows, "\r\n": windows, "\r": text.count("\r") - windows}
    newline = max(counts, key=lambda end: counts[end])
    return Source(text.replace("\r\n", "\n").replace("\r", "\n"), encoding, newline)
