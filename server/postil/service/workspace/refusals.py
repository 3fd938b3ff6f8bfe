"""Why a session's documents are not sent to a model: each is asked about with every keystroke, so answers are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from postil.core.text import origin
from postil.service.documents import Document
from postil.service.workspace import files

_PROSE = "a notebook's text, not code"


class Refusals:
    """`folder_of`: the workspace folder that contains the file at a path, if any. Answers are kept until `clear`: an
    ignore file may have changed then."""

    def __init__(self, folder_of: Callable[[str], Path | None]) -> None:
        self._folder_of = folder_of
        self._known: dict[str, str | None] = {}

    def of(self, document: Document) -> str | None:
        """Why this document is never sent to a model; None if it may be sent."""
        if document.uri not in self._known:
            self._known[document.uri] = self._by_name(document, ())
        # What a cell is may change with its first line.
        return self._known[document.uri] or _prose(document)

    def of_review(self, document: Document, exclude: Sequence[str]) -> str | None:
        """Why this document isn't reviewed, `exclude` (review.exclude) included."""
        return self._by_name(document, exclude) or _prose(document)

    def _by_name(self, document: Document, exclude: Sequence[str]) -> str | None:
        notebook = document.notebook.uri if document.notebook is not None else ""
        # The folder of the file that the document shows, whatever the scheme of its URI.
        folders = (self._folder_of(name) for name in origin.origin_of(notebook or document.uri).names)
        folder = next((folder for folder in folders if folder is not None), None)
        return files.refusal(document.uri, folder, exclude, notebook=notebook)

    def forget(self, uri: str) -> None:
        self._known.pop(uri, None)

    def clear(self) -> None:
        self._known.clear()


def _prose(document: Document) -> str | None:
    return _PROSE if document.is_prose else None
