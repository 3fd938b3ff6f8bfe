"""Protocol types as our values."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from postil.core.review.finding import Fix, Span
from postil.core.text.uri import path_of

if TYPE_CHECKING:
    from postil.core.text.positions import PositionEncoding
    from postil.lsp.rpc.documents import Document
    from postil.lsp.server import Unopened


def encoding_of(given: Any) -> PositionEncoding:
    """What was negotiated; pygls gives an enumeration's member or a text."""
    return cast("PositionEncoding", str(getattr(given, "value", given)))


def language_of(document: Document | Unopened) -> str:
    """The document's language id; where the client says none, from its name and first line."""
    from postil.service.workspace import languages

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
