"""Converts values of unknown shape (LSPAny: arguments of commands, `data`, settings) to known types."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from lsprotocol import types

from postil.core.review.finding import Fix, Span
from postil.lsp.from_lsp import plain

Shape = TypeVar("Shape")


def shaped(value: object, shape: type[Shape]) -> Shape | None:
    """The value as a msgspec.Struct, without unknown keys; None if it doesn't fit."""
    try:
        return msgspec.convert(plain(value), shape)
    except (msgspec.ValidationError, RecursionError):
        return None


class _Position(msgspec.Struct):
    line: int
    character: int


class _Range(msgspec.Struct):
    start: _Position
    end: _Position


class FixData(msgspec.Struct):
    """A fix in lines of the document."""

    first: int
    last: int
    old: str
    new: str


class NoteData(msgspec.Struct):
    """The fields of `Diagnostic.data` that are read again. The client may have changed them, so they are checked."""

    id: str | None = None
    fix: FixData | None = None
    # The name of the check whose test fails; None for the note of a review.
    check: str | None = None


def note_data(data: object) -> NoteData:
    """The data of a diagnostic; empty if it isn't Postil's."""
    return shaped(data, NoteData) or NoteData(id_of(data))


def _ends(given: object) -> tuple[types.Position, types.Position]:
    """Start and end of an LSP range, which is an lsprotocol object or a command's argument. Raises TypeError for
    anything else."""
    if not isinstance(given, types.Range):
        found = shaped(given, _Range)
        if found is None:
            raise TypeError("an LSP range")
        places = (types.Position(place.line, place.character) for place in (found.start, found.end))
        given = types.Range(*places)
    if min(given.start.line, given.start.character, given.end.line, given.end.character) < 0:
        raise TypeError("an LSP range")
    return given.start, given.end


def line_of(given: object) -> int | None:
    """The line of an LSP position; None if it isn't one."""
    found = shaped(given, _Position)
    return found.line if found is not None and found.line >= 0 else None


def lines_of(given: object) -> Span:
    """The lines of an LSP range: empty if nothing is selected, and without the last line if the range ends at column 0.
    Raises TypeError if it isn't a range."""
    start, end = _ends(given)
    if start == end or end.line < start.line:
        return Span(start.line, start.line)
    return Span(start.line, max(end.line if end.character == 0 else end.line + 1, start.line + 1))


def lines_touched(given: object) -> Span:
    """All lines that an LSP range touches. Raises TypeError if it isn't a range or ends before its start."""
    start, end = _ends(given)
    if end.line < start.line:
        raise TypeError("an LSP range")
    return Span(start.line, end.line + 1)


def fix_of(data: object) -> Fix | None:
    """The fix in a diagnostic's data; None if there is no valid one."""
    fix = note_data(data).fix
    if fix is None or not 0 <= fix.first <= fix.last:
        return None
    return Fix(Span(fix.first, fix.last), fix.old, fix.new)


class _Named(msgspec.Struct):
    id: str


def id_of(data: object) -> str | None:
    """The field `id` of an object if it is a string."""
    found = shaped(data, _Named)
    return found.id if found is not None else None
