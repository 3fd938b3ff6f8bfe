"""Edits of a text, and how whole lines move under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.finding import Span


@dataclass(frozen=True, slots=True)
class TextEdit:
    """`new` takes the place of the code points from `start` to `end` (exclusive) of a text."""

    start: int
    end: int
    new: str


def apply(text: str, edits: Sequence[TextEdit]) -> str:
    """The text after all edits, whose offsets all count in the text before. ValueError when they overlap or
    lie outside it."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit {edit.start}..{edit.end} overlaps another or lies outside the text")
        pieces += (text[at : edit.start], edit.new)
        at = edit.end
    return "".join((*pieces, text[at:]))


def minimal(old: str, new: str) -> TextEdit | None:
    """The one edit that makes `new` of `old` and touches the least; None when they are equal."""
    if old == new:
        return None
    limit = min(len(old), len(new))
    head = 0
    while head < limit and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < limit - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return TextEdit(head, len(old) - tail, new[head : len(new) - tail])


def shift_span(span: Span, first: int, last: int, inserted: int) -> Span | None:
    """Where lines `span` stand after lines `first`..`last` (exclusive) became `inserted` lines; None when a
    line of the span itself was touched. An insertion (`first == last`) inside the span touches it."""
    if last <= span.first:
        return span.shifted(inserted - (last - first))
    if first >= span.last:
        return span
    return None


def newline_of(text: str) -> str:
    """The line end that a text uses first; `\\n` when it has none."""
    for index, char in enumerate(text):
        if char == "\n":
            return "\n"
        if char == "\r":
            return "\r\n" if text[index + 1 : index + 2] == "\n" else "\r"
    return "\n"
