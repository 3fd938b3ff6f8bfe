"""Protocol types as our values."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lsprotocol import types

from postil.core.text.positions import PositionEncoding
from postil.core.text.uri import path_of

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


def encoding_of(given: types.PositionEncodingKind | str) -> PositionEncoding:
    """The encoding that was negotiated."""
    return _ENCODINGS[str(given.value if isinstance(given, types.PositionEncodingKind) else given)]


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
