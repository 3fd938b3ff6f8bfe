"""Edits of a text, and the position of lines after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.review.finding import Span
from postil.core.text.changed import differing


@dataclass(frozen=True, slots=True)
class TextEdit:
    """`new` replaces the code points from `start` to `end` (exclusive) of a text."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Lines `first`..`last` (exclusive) of a text became `inserted` lines."""

    first: int
    last: int
    inserted: int


def apply(text: str, edits: Sequence[TextEdit]) -> str:
    """The text after all edits. Their offsets count in the original text. ValueError if they overlap or are outside of
    it."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit {edit.start}..{edit.end} overlaps another or lies outside the text")
        pieces += (text[at : edit.start], edit.new)
        at = edit.end
    return "".join((*pieces, text[at:]))


def minimal(old: str, new: str) -> TextEdit | None:
    """The smallest single edit that turns `old` into `new`; None if they are equal. It never begins or ends inside a
    `\\r\\n`, because no protocol position points there."""
    if old == new:
        return None
    head, tail = differing(old, new)
    if head and old[head - 1] == "\r" and "\n" in (old[head : head + 1], new[head : head + 1]):
        head -= 1
        # A tail that ended at the head may go on with the character that the head has lost.
        if head + tail < min(len(old), len(new)) and old[-1 - tail] == new[-1 - tail]:
            tail += 1
    end, new_end = len(old) - tail, len(new) - tail
    if tail and old[end] == "\n" and "\r" in (old[end - 1 : end], new[new_end - 1 : new_end]):
        end, new_end = end + 1, new_end + 1
    return TextEdit(head, end, new[head:new_end])


def shift_span(span: Span, first: int, last: int, inserted: int) -> Span | None:
    """The position of lines `span` after lines `first`..`last` (exclusive) became `inserted` lines. None if a line of
    the span changed; an insertion (`first == last`) inside the span changes it."""
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
