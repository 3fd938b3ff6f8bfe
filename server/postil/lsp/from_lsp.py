"""Protocol types as our values."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from lsprotocol import types

from postil.core.review.finding import Fix, Span
from postil.core.text.edits import LineEdit
from postil.core.text.positions import PositionEncoding, to_column
from postil.core.text.uri import path_of
from postil.service.documents import Document, Place

Shape = TypeVar("Shape")

_ENCODINGS: dict[str, PositionEncoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


def plain(value: object) -> object:
    """A value of unknown shape (LSPAny) as dicts, lists and scalars."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType] - a named tuple of pygls
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - LSPAny
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType] - LSPAny
    return value


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


def encoding_of(given: types.PositionEncodingKind | str) -> PositionEncoding:
    """The encoding that was negotiated."""
    return _ENCODINGS[str(given.value if isinstance(given, types.PositionEncodingKind) else given)]


def apply_change(
    document: Document, change: types.TextDocumentContentChangeEvent, encoding: PositionEncoding
) -> LineEdit:
    """Apply a change of the client's to a document; the lines that it has changed."""
    if isinstance(change, types.TextDocumentContentChangePartial):
        start, end = (place_in(document, place, encoding) for place in (change.range.start, change.range.end))
        return document.edit(start, end, change.text)
    return document.replace(change.text)


def place_in(document: Document, position: types.Position, encoding: PositionEncoding) -> Place:
    """Past a line's end is its end, past the last line the text's end, inside a character its beginning."""
    lines = document.lines
    if position.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    line = lines[position.line].rstrip("\r\n")
    return position.line, to_column(line, position.character, encoding)


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


def folders_of(params: types.InitializeParams) -> tuple[Path, ...]:
    """The workspace's folders, in the client's order; of a client that knows none, its root."""
    if params.workspace_folders:
        return local(params.workspace_folders)
    root = params.root_uri
    return local([types.WorkspaceFolder(root, "")]) if root else ()


def local(folders: Sequence[types.WorkspaceFolder]) -> tuple[Path, ...]:
    """Those of the folders that are on this machine, each once."""
    found = (folder_at(folder.uri) for folder in folders)
    return tuple(dict.fromkeys(folder for folder in found if folder is not None))


def folder_at(uri: str | None) -> Path | None:
    """The folder of a file URI; None for what can't be one (it need not exist)."""
    path = Path(path_of(uri or ""))
    if not uri or not uri.startswith("file:") or not path.is_absolute():
        return None
    try:
        path.stat()
    except ValueError:
        # A NUL, or half a character.
        return None
    except OSError as error:
        return None if error.errno == errno.ENAMETOOLONG else path
    return path


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


def section_of(given: object, name: Literal["postil"] = "postil") -> dict[str, object]:
    """Our section of the client's settings, which may be given as itself."""
    whole = plain(given)
    if not isinstance(whole, dict):
        return {}
    settings: dict[str, object] = whole  # pyright: ignore[reportUnknownVariableType] - `plain` makes keys texts
    inner = settings.get(name)
    if inner == []:
        # An empty table of Lua's.
        return {}
    return inner if isinstance(inner, dict) else settings  # pyright: ignore[reportUnknownVariableType] - as above
