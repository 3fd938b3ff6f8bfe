"""Protocol types as our values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

from lsprotocol import types

from postil.core.finding import Fix, Span
from postil.service.findings_store import LineEdit

if TYPE_CHECKING:
    from pygls.workspace import TextDocument

    from postil.lsp.server import Unopened

Lines = Callable[[], Sequence[str]]
# No document is longer: the lines of a change of the whole text.
ALL_LINES = 1 << 30


def line_edits(
    changes: Sequence[types.TextDocumentContentChangeEvent], before: Lines | None, after: Lines
) -> list[LineEdit]:
    """How whole lines changed; `before` and `after` give the document's lines around all of the changes (they cost as
    much as the document is long, and most edits don't need them). A change of the whole text touches every line."""
    return [_line_edit(change, *((before, after) if len(changes) == 1 else (None, None))) for change in changes]


def _line_edit(change: types.TextDocumentContentChangeEvent, before: Lines | None, after: Lines | None) -> LineEdit:
    if not isinstance(change, types.TextDocumentContentChangePartial):
        return LineEdit(0, ALL_LINES, 0)
    start, end, text = change.range.start, change.range.end, change.text
    added = text.count("\n") + text.count("\r") - text.count("\r\n")
    if start.character == 0 and end.character == 0 and (not text or text[-1] in "\r\n"):
        # Whole lines before the line where it ends: that line itself is untouched.
        return LineEdit(start.line, end.line, added)
    edit = LineEdit(start.line, end.line + 1, added + 1)
    if before is None or after is None or (not added and start.line == end.line):
        return edit
    return _without_equal_ends(edit, before(), after())


def _without_equal_ends(edit: LineEdit, before: Sequence[str], after: Sequence[str]) -> LineEdit:
    """The edit without the lines at its ends that are what they were: Enter at the end of a line leaves it alone, and
    editors that send the fewest characters (Neovim) begin a new line behind the white space of the one below."""
    first, last, inserted = edit.first, min(edit.last, len(before)), edit.inserted
    if last > first and inserted and before[first] == after[first]:
        first, inserted = first + 1, inserted - 1
    if last > first and inserted and before[last - 1] == after[first + inserted - 1]:
        last, inserted = last - 1, inserted - 1
    return LineEdit(first, last, inserted)


def path_of(uri: str) -> str:
    """The path of a file URI for messages and language; the URI itself for anything else."""
    parts = urlparse(uri)
    if parts.scheme != "file":
        return uri
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost"):
        # A share of Windows, host and name.
        return f"//{parts.netloc}{path}"
    return path[1:] if len(path) > 2 and path[2] == ":" else path


def language_of(document: TextDocument | Unopened) -> str:
    """The document's language id; where the client says none, from its name and first line."""
    from postil.service import languages

    name = path_of(document.uri).rpartition("/")[2]
    return document.language_id or languages.language_of(name, document.source[:200].partition("\n")[0])


def lines_of(given: Any) -> Span:
    """The lines of an LSP range (an object, or what a command was given): empty where nothing is selected, and without
    the last line where it ends at that line's beginning. Raises TypeError for anything else."""
    places = [_get(_get(given, end), name) for end in ("start", "end") for name in ("line", "character")]
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in places):
        raise TypeError("an LSP range")
    first, first_column, last, last_column = places
    if (first, first_column) == (last, last_column) or last < first:
        return Span(first, first)
    return Span(first, max(last if last_column == 0 else last + 1, first + 1))


def folder_of(params: types.InitializeParams) -> Path | None:
    """The first workspace folder that is on this machine."""
    folders = params.workspace_folders or []
    uri = folders[0].uri if folders else params.root_uri
    return Path(path_of(uri)) if uri and uri.startswith("file:") else None


def fix_of(data: Any) -> Fix | None:
    """The fix in a diagnostic's data, which has been in the client's hands; None when it isn't one of ours."""
    fix = _get(data, "fix")
    first, last, old, new = (_get(fix, name) for name in ("first", "last", "old", "new"))
    whole = all(isinstance(line, int) and not isinstance(line, bool) for line in (first, last))
    if not whole or not isinstance(old, str) or not isinstance(new, str) or not 0 <= first <= last:
        return None
    return Fix(Span(first, last), old, new)


def id_of(data: Any) -> str | None:
    found = _get(data, "id")
    return found if isinstance(found, str) else None


def _get(value: Any, name: str) -> Any:
    # pygls gives objects of unknown shape as named tuples, clients in tests as dicts.
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
