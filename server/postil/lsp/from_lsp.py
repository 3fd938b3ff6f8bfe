"""Converts protocol types to Postil's types."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from lsprotocol import types

from postil.core.text.positions import PositionEncoding
from postil.core.text.uri import path_of

_ENCODINGS: dict[str, PositionEncoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


def plain(value: object) -> object:
    """A value of unknown shape (LSPAny) as dicts, lists and scalars. pygls makes named tuples of JSON objects."""
    as_dict = getattr(value, "_asdict", None)
    if callable(as_dict):
        value = as_dict()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("Sequence[object]", value)]
    return value


def encoding_of(given: types.PositionEncodingKind | str | None) -> PositionEncoding:
    """The negotiated position encoding; by default UTF-16, as in LSP."""
    return _ENCODINGS[str(given.value if isinstance(given, types.PositionEncodingKind) else given or "utf-16")]


def folders_of(params: types.InitializeParams) -> tuple[Path, ...]:
    """The workspace's folders in the client's order; for a client without workspace folders, its root."""
    if params.workspace_folders:
        return local(params.workspace_folders)
    root = params.root_uri
    return local([types.WorkspaceFolder(root, "")]) if root else ()


def local(folders: Sequence[types.WorkspaceFolder]) -> tuple[Path, ...]:
    """The folders that are on this machine, without duplicates."""
    found = (folder_at(folder.uri) for folder in folders)
    return tuple(dict.fromkeys(folder for folder in found if folder is not None))


def folder_at(uri: str | None) -> Path | None:
    """The path in a file URI, which may not exist; None if the URI can't be one of a folder."""
    path = Path(path_of(uri or ""))
    if not uri or not uri.startswith("file:") or not path.is_absolute():
        return None
    try:
        path.stat()
    except ValueError:
        # The path contains a NUL or a lone surrogate.
        return None
    except OSError as error:
        return None if error.errno == errno.ENAMETOOLONG else path
    return path


def section_of(given: object, name: str = "postil") -> dict[str, object]:
    """The `postil` section of the client's settings. Some clients send just the section."""
    converted = plain(given)
    if not isinstance(converted, dict):
        return {}
    settings = cast("dict[str, object]", converted)
    inner = settings.get(name)
    if inner == []:
        # Neovim encodes an empty Lua table as [].
        return {}
    return cast("dict[str, object]", inner) if isinstance(inner, dict) else settings
