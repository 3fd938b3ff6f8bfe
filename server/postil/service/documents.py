"""The documents of a session: those open in the editor, and files that were reviewed without being opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from postil.core.syntax.languages import cell_language
from postil.core.text.edits import LineEdit
from postil.core.text.uri import NOTEBOOK_CELL, path_of
from postil.service.workspace.languages import PLAIN, language_of

# The language id of Ollama's Modelfiles, and the name or extension of such a file.
MODELFILE = "modelfile"
MOST_OF_MODELFILE = 1_000_000
# More lines than any document has: the range of an edit that replaces the whole text.
ALL_LINES = 1 << 30

# Saving one of these reloads it: the settings, and the notes that a team has dismissed.
SETTINGS = ("postil.toml", "baseline.json")
# Languages of cells that are text: of a notebook's Markdown and raw cells, and of a cell whose magic isn't known.
_PROSE = ("markdown", "raw", PLAIN)

DocumentKind = Literal["code", "modelfile", "settings"]
# Line and column, both from 0, the column in code points.
Place = tuple[int, int]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """`uri`: of the cell's document. `code`: False for text, such as Markdown."""

    uri: str
    code: bool = True


@dataclass(slots=True, eq=False)
class Notebook:
    """A notebook, and the cells of it that the client sends."""

    uri: str
    cells: list[Cell] = field(default_factory=list[Cell])

    @property
    def path(self) -> str:
        return path_of(self.uri)

    def is_code(self, uri: str) -> bool:
        """Whether the cell with this URI is code. A cell that the client hasn't described is."""
        return next((cell.code for cell in self.cells if cell.uri == uri), True)

    def splice(self, start: int, deleted: int, cells: Sequence[Cell]) -> None:
        """Replace `deleted` cells from `start` on. Like a client's list, it takes a place behind its end as its end."""
        self.cells[start : start + deleted] = cells

    def told(self, cell: Cell) -> None:
        """The client describes a cell anew: it may have become code, or text."""
        self.cells = [cell if one.uri == cell.uri else one for one in self.cells]


class Document:
    """A document's text as the editor has it. It is stored as lines, so that an edit costs only as much as its lines.
    Lines end as LSP defines (pygls also ends them at form feeds). `version`: the client's; None if it isn't open.
    `notebook`: of which this is a cell; `path` is that of the notebook then."""

    def __init__(
        self,
        uri: str,
        text: str,
        version: int | None = None,
        language_id: str = "",
        notebook: Notebook | None = None,
    ) -> None:
        self.uri = uri
        self.notebook = notebook
        self.path = notebook.path if notebook is not None else path_of(uri)
        self.name = self.path.replace("\\", "/").rpartition("/")[2]
        self.kind = kind_of(self.name, language_id)
        self.version = version
        self._language_id = language_id
        # At least one of the two is set. Lines include their line ends; the last line has none and may be "".
        self._text: str | None = text
        self._lines: list[str] | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = "".join(self._lines or ())
        return self._text

    @property
    def lines(self) -> list[str]:
        """The lines, including their line ends."""
        if self._lines is None:
            self._lines = split_ends(self._text or "")
        return self._lines

    @property
    def language(self) -> str:
        """The LSP language id. If the client sends none, it is derived from the file name and the first line. A cell's
        first line may say that the rest is another language (`%%bash`)."""
        given = self._language_id
        if given and not self.is_cell:
            return given
        first_line = self.text[:200].partition("\n")[0]
        return cell_language(given, first_line) or PLAIN if self.is_cell else language_of(self.name, first_line)

    @property
    def is_cell(self) -> bool:
        """Whether this is a cell of a notebook."""
        return self.notebook is not None or self.uri.startswith(f"{NOTEBOOK_CELL}:")

    @property
    def prose(self) -> str | None:
        """Why a notebook's cell is no code; None for everything else."""
        marked = self.notebook is not None and not self.notebook.is_code(self.uri)
        return "a notebook's text, not code" if marked or (self.is_cell and self.language in _PROSE) else None

    @property
    def is_too_large(self) -> bool:
        """A Modelfile is parsed after every edit, so one that is far longer than a page gets no language features."""
        return self.kind == "modelfile" and len(self.text) > MOST_OF_MODELFILE

    def replace(self, text: str) -> LineEdit:
        """Replace the whole text."""
        self._text, self._lines = text, None
        return LineEdit(0, ALL_LINES, 0)

    def edit(self, start: Place, end: Place, text: str) -> LineEdit:
        """Replace the text between two places with `text`. The places may come in either order; both must be inside the
        document. Returns the changed lines."""
        lines = self.lines
        (first, head), (last, tail) = sorted((start, end))
        new = lines[first][:head] + text + lines[last][tail:]
        if first > 0 and new.startswith("\n") and lines[first - 1].endswith("\r"):
            # A "\r" and a "\n" have met and form one line end.
            first -= 1
            new = lines[first] + new
        pieces = split_ends(new)
        if last < len(lines) - 1:
            pieces.pop()
        old = lines[first : last + 1]
        lines[first : last + 1] = pieces
        self._text = None
        return _without_equal_ends(first, old, pieces)


class Documents:
    """Documents by URI, whichever way the client spells it (`%20`, `c%3A`). A file that was reviewed without being open
    stays known after it is opened and closed: its notes don't depend on an editor."""

    def __init__(self) -> None:
        # The open notebooks, by URI as the client spells it. The text of each cell is a document.
        self.notebooks: dict[str, Notebook] = {}
        self._open: dict[str, Document] = {}
        self._read: dict[str, Document] = {}

    def get(self, uri: str) -> Document | None:
        """The document with this URI; the editor's version if it is open."""
        key = _key(uri)
        return self._open.get(key) or self._read.get(key)

    def opened(self, uri: str) -> Document | None:
        """The document with this URI if it is open in the editor."""
        return self._open.get(_key(uri))

    def all_open(self) -> list[Document]:
        """The documents that are open in the editor, cells of notebooks included."""
        return list(self._open.values())

    def version_of(self, uri: str) -> int | None:
        """None if the client hasn't opened it."""
        found = self.opened(uri)
        return found.version if found is not None else None

    def path_of(self, uri: str) -> str:
        """The path of the file with this URI; of a notebook's cell, the notebook's."""
        document = self.get(uri)
        return document.path if document is not None else path_of(uri)

    def code_of(self, notebook: Notebook) -> list[Document]:
        """The cells of a notebook that have code."""
        cells = [self.opened(cell.uri) for cell in notebook.cells]
        return [cell for cell in cells if cell is not None and not cell.prose and cell.text.strip()]

    def is_read(self, uri: str) -> bool:
        """Whether this file was read without being open."""
        return _key(uri) in self._read

    def read(self) -> Iterator[Document]:
        """The files that were read without being open, oldest first."""
        return iter(list(self._read.values()))

    def open(self, document: Document) -> None:
        self._open[_key(document.uri)] = document

    def close(self, uri: str) -> None:
        """The editor has closed the document. If it was also read without being open, its last text is kept."""
        document = self._open.pop(_key(uri), None)
        if document is not None and self.is_read(uri):
            self.add_read(Document(document.uri, document.text, None, document.language))

    def add_read(self, document: Document) -> None:
        self._read[_key(document.uri)] = document

    def forget_oldest(self, most: int, kept: Callable[[str], bool]) -> Iterator[str]:
        """Drop files that were read without being open, the oldest first, until `most` are left beside those that are
        `kept`. Yields each that isn't open either."""
        others = [one for one in self._read.values() if not kept(one.uri)] if len(self._read) > most else []
        for document in others[: max(len(others) - most, 0)]:
            self.forget(document.uri)
            if self.opened(document.uri) is None:
                yield document.uri

    def forget(self, uri: str) -> None:
        """Drop a file that was read without being open."""
        self._read.pop(_key(uri), None)


def kind_of(name: str, language_id: str = "") -> DocumentKind:
    """The kind of a document, by its language id or file name. It is determined once, when the document is created."""
    lower = name.lower()
    if lower == MODELFILE or lower.endswith(f".{MODELFILE}") or language_id.lower() == MODELFILE:
        return "modelfile"
    return "settings" if lower in SETTINGS else "code"


def split_ends(text: str) -> list[str]:
    """The lines, including their line ends (one of LSP's three). The last line has none and may be ""."""
    lines = _LINE.findall(text)
    if len(lines) > 1 and not lines[-2].endswith(("\r", "\n")):
        # The expression can match the empty string, so it matches once more at the end of the text.
        lines.pop()
    return lines


def _without_equal_ends(first: int, old: Sequence[str], new: Sequence[str]) -> LineEdit:
    """The changed lines from `first` on, without an unchanged line at either end. Enter at the end of a line doesn't
    change that line. Neovim sends the shortest possible edit, so its edit may begin in the indentation of the next
    line."""
    ahead = bool(old and new) and _body(old[0]) == _body(new[0])
    old, new = old[ahead:], new[ahead:]
    behind = bool(old and new) and _body(old[-1]) == _body(new[-1])
    return LineEdit(first + ahead, first + ahead + len(old) - behind, len(new) - behind)


def _body(line: str) -> str:
    return line.rstrip("\r\n")


def _key(uri: str) -> str:
    # A query or a fragment isn't part of the path, so such a URI is its own key.
    return path_of(uri) if not any(char in "?#" or char < " " for char in uri) else uri
