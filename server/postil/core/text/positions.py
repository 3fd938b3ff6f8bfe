"""Positions in a text: lines, code points, and the three position encodings of LSP."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

PositionEncoding = Literal["utf-8", "utf-16", "utf-32"]

# Characters that are encoded at a time.
_STEP = 1024
# What decoders write for bytes that are no character.
NO_CHARACTER = "\ufffd"
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters: 0-based line, 0-based column in code points."""

    line: int
    character: int


def units_of(text: str, encoding: PositionEncoding) -> int:
    """Length of `text` in code units of the encoding. Lone surrogates count as LSP clients count them."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def to_column(line: str, units: int, encoding: PositionEncoding) -> int:
    """The column (code points) after `units` code units of a line: at most the line's end, and never inside a
    character."""
    if units <= 0:
        return 0
    if encoding == "utf-32" or line.isascii():
        return min(units, len(line))
    seen = start = 0
    # Large steps first: a line may have millions of characters.
    for step in (_STEP, 1):
        while start < len(line):
            size = units_of(line[start : start + step], encoding)
            if seen + size > units:
                break
            seen, start = seen + size, start + step
    return min(start, len(line))


def from_column(line: str, column: int, encoding: PositionEncoding) -> int:
    """Code units of the encoding before `column` code points of a line (clamped to it)."""
    return units_of(line[: max(column, 0)], encoding)


def split_lines(text: str) -> list[str]:
    """The lines without their ends; LSP's line ends only (\\n, \\r\\n, \\r). Never empty."""
    return _LINE_END.split(text)


class LineIndex:
    """The offsets (code points) of a text's lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        ends = list(_LINE_END.finditer(text))
        self._starts = [0, *(match.end() for match in ends)]
        self._ends = [*(match.start() for match in ends), len(text)]

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """A line without its end; "" outside the text."""
        if not 0 <= number < len(self._starts):
            return ""
        return self.text[self._starts[number] : self._ends[number]]

    def lines(self) -> list[str]:
        return [self.text[start:end] for start, end in zip(self._starts, self._ends, strict=True)]

    def offset(self, position: Position) -> int:
        """LSP 3.18: a column past the line's end is that end; a line past the last is the text's end."""
        if position.line < 0:
            return 0
        if position.line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[position.line], self._ends[position.line]
        return min(start + max(position.character, 0), end)

    def position(self, offset: int) -> Position:
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        return Position(line, min(offset, self._ends[line]) - self._starts[line])


def line_span(text: str, number: int) -> tuple[int, int]:
    """Offsets of a line's beginning and end, without its line end; for a line past the last one the text's end. Faster
    than a LineIndex if only one line is needed."""
    if "\r" in text:
        index = LineIndex(text)
        start = index.offset(Position(number, 0))
        return start, start + len(index.line(number))
    start = 0
    for _ in range(number):
        end = text.find("\n", start)
        if end < 0:
            return len(text), len(text)
        start = end + 1
    end = text.find("\n", start)
    return start, end if end >= 0 else len(text)
