"""Values of unknown shape (LSPAny: commands' arguments, `data`, settings) as values of known shape."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from lsprotocol import types

from postil.core.review.finding import Fix, Span
from postil.lsp.from_lsp import plain

Shape = TypeVar("Shape")


def shaped(value: object, shape: type[Shape]) -> Shape | None:
    """A value of unknown shape as a msgspec.Struct, whose unknown keys are left out; None when it doesn't fit."""
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
    """What we put into `Diagnostic.data`, as far as it is read again: it has been in the client's hands."""

    id: str | None = None
    fix: FixData | None = None


def note_data(data: object) -> NoteData:
    """An empty one when the data isn't ours."""
    return shaped(data, NoteData) or NoteData(id_of(data))


def _ends(given: object) -> tuple[types.Position, types.Position]:
    """Start and end of an LSP range: an object of the protocol, or what a command was given. Raises TypeError for
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


def lines_of(given: object) -> Span:
    """The lines of an LSP range: empty where nothing is selected, and without the last line where it ends at that
    line's beginning. Raises TypeError for what is no range."""
    start, end = _ends(given)
    if start == end or end.line < start.line:
        return Span(start.line, start.line)
    return Span(start.line, max(end.line if end.character == 0 else end.line + 1, start.line + 1))


def lines_touched(given: object) -> Span:
    """All lines that an LSP range reaches. Raises TypeError for what is no range, or one the wrong way round."""
    start, end = _ends(given)
    if end.line < start.line:
        raise TypeError("an LSP range")
    return Span(start.line, end.line + 1)


def fix_of(data: object) -> Fix | None:
    """The fix in a diagnostic's data; None when there is none of ours."""
    fix = note_data(data).fix
    if fix is None or not 0 <= fix.first <= fix.last:
        return None
    return Fix(Span(fix.first, fix.last), fix.old, fix.new)


class _Named(msgspec.Struct):
    id: str


def id_of(data: object) -> str | None:
    """The field `id` of an object, where it is a text."""
    found = shaped(data, _Named)
    return found.id if found is not None else None
