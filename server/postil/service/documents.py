"""The documents of a session: those that are open in the editor, and files that were read without being opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from postil.core.text.edits import LineEdit
from postil.core.text.uri import path_of
from postil.service.workspace.languages import language_of

# The language id of Ollama's Modelfiles, and the name that a file of theirs has or ends with.
MODELFILE = "modelfile"
MOST_OF_MODELFILE = 1_000_000
# More lines than any document has: in an edit that replaces the whole text.
ALL_LINES = 1 << 30

# What is read again when it is saved: settings, personas, and the notes that a team has dismissed.
SETTINGS = ("postil.toml", "baseline.json")

DocumentKind = Literal["code", "modelfile", "settings"]
# Line and column, both from 0, the column in code points.
Place = tuple[int, int]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


class Document:
    """A text as the editor has it. It is kept as lines, so that a key costs as much as its line; line ends are those of
    LSP (pygls ends lines at form feeds, too). `version` is the client's, None for a file that isn't open."""

    def __init__(self, uri: str, text: str, version: int | None = None, language_id: str = "") -> None:
        self.uri = uri
        self.path = path_of(uri)
        self.name = self.path.replace("\\", "/").rpartition("/")[2]
        self.kind = kind_of(self.name, language_id)
        self.version = version
        self._language_id = language_id
        # One of the two is always there. Lines have their ends; the last line has none, and may be "".
        self._text: str | None = text
        self._lines: list[str] | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = "".join(self._lines or ())
        return self._text

    @property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        if self._lines is None:
            self._lines = split_ends(self._text or "")
        return self._lines

    @property
    def language(self) -> str:
        """LSP's language id; where the client gives none, by the file's name and its first line."""
        return self._language_id or language_of(self.name, self.text[:200].partition("\n")[0])

    @property
    def is_too_large(self) -> bool:
        """A Modelfile is a page of text, which is parsed anew with every key; a larger one is left alone."""
        return self.kind == "modelfile" and len(self.text) > MOST_OF_MODELFILE

    def replace(self, text: str) -> LineEdit:
        """Take another text in place of the whole one."""
        self._text, self._lines = text, None
        return LineEdit(0, ALL_LINES, 0)

    def edit(self, start: Place, end: Place, text: str) -> LineEdit:
        """Put `text` in the place of what stands between two places (in either order, both inside the text). Returns
        the whole lines that have changed."""
        lines = self.lines
        (first, head), (last, tail) = sorted((start, end))
        new = lines[first][:head] + text + lines[last][tail:]
        if first > 0 and new.startswith("\n") and lines[first - 1].endswith("\r"):
            # Two line ends have become one.
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
    """By URI, however the client spells the URI of a file (`%20`, `c%3A`). A file that was read without being open
    stays when it is opened and closed again: its notes came without an editor."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}
        self._read: dict[str, Document] = {}

    def get(self, uri: str) -> Document | None:
        """The document of this URI, as it is in the editor if it is open there."""
        key = _key(uri)
        return self._open.get(key) or self._read.get(key)

    def opened(self, uri: str) -> Document | None:
        """The document of this URI if it is open in the editor."""
        return self._open.get(_key(uri))

    def is_read(self, uri: str) -> bool:
        """Whether this file was read without being open."""
        return _key(uri) in self._read

    def read(self) -> Iterator[Document]:
        """The files that were read without being open, the oldest first."""
        return iter(list(self._read.values()))

    def open(self, document: Document) -> None:
        self._open[_key(document.uri)] = document

    def close(self, uri: str) -> None:
        """The editor has closed the document; of a file that was read before, its last text stays."""
        document = self._open.pop(_key(uri), None)
        if document is not None and self.is_read(uri):
            self.add_read(Document(document.uri, document.text, None, document.language))

    def add_read(self, document: Document) -> None:
        self._read[_key(document.uri)] = document

    def forget(self, uri: str) -> None:
        """Drop a file that was read without being open."""
        self._read.pop(_key(uri), None)


def kind_of(name: str, language_id: str = "") -> DocumentKind:
    """What a document is, by its language id or by its file's name; found once, when it is opened or read."""
    lower = name.lower()
    if lower == MODELFILE or lower.endswith(f".{MODELFILE}") or language_id.lower() == MODELFILE:
        return "modelfile"
    return "settings" if lower in SETTINGS else "code"


def split_ends(text: str) -> list[str]:
    """The lines with their ends, of LSP's three kinds; the last one has none and may be ""."""
    lines = _LINE.findall(text)
    if len(lines) > 1 and not lines[-2].endswith(("\r", "\n")):
        # An expression that can match nothing matches once more at the end.
        lines.pop()
    return lines


def _without_equal_ends(first: int, old: Sequence[str], new: Sequence[str]) -> LineEdit:
    """The lines from `first` on that have changed, without an equal line at either end: Enter at the end of a line
    leaves that line alone, and Neovim, which sends the fewest characters, begins a new line behind the white space of
    the next one."""
    ahead = bool(old and new) and _body(old[0]) == _body(new[0])
    old, new = old[ahead:], new[ahead:]
    behind = bool(old and new) and _body(old[-1]) == _body(new[-1])
    return LineEdit(first + ahead, first + ahead + len(old) - behind, len(new) - behind)


def _body(line: str) -> str:
    return line.rstrip("\r\n")


def _key(uri: str) -> str:
    # Two URIs may differ in nothing but what their path leaves out.
    return path_of(uri) if not any(char in "?#" or char < " " for char in uri) else uri
