"""The path that a document's URI names."""

from __future__ import annotations

from urllib.parse import unquote, urlparse

# VS Code's scheme for a cell of a notebook: the notebook's path, and the cell in the fragment.
NOTEBOOK_CELL = "vscode-notebook-cell"


def path_of(uri: str) -> str:
    """The path of a file URI for messages, settings and language; of a notebook's cell, the notebook's path; the URI
    itself for anything else."""
    try:
        parts = urlparse(uri)
    except ValueError:
        # `file://[x`, for example, is no URI.
        return uri
    if parts.scheme not in ("file", NOTEBOOK_CELL):
        return uri
    path = unquote(parts.path)
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        # A network share of Windows: host and name.
        return f"//{parts.netloc}{path}"
    return path[1:] if len(path) > 2 and path[2] == ":" else path
