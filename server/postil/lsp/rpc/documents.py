"""Open documents, whose text is the editor's after every edit: line ends and positions as LSP defines them.

pygls' own documents end a line at form feeds and other separators too, put a position past a line's end before its last
character, and lose text where a range is the wrong way round.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lsprotocol import types
from pygls.workspace import Workspace

from postil.core.text.positions import PositionEncoding, to_column
from postil.lsp.from_lsp import encoding_of, path_of
from postil.service.review.findings import LineEdit

# No document is longer: the lines of a change of the whole text.
ALL_LINES = 1 << 30
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


class Document:
    """Its text as lines, so that a key in a long one costs as much as its line. `line_edits` is what the latest
    notification has changed."""

    def __init__(
        self, uri: str, text: str, version: int | None, language_id: str | None, encoding: PositionEncoding
    ) -> None:
        self.uri = uri
        self.version = version
        self.language_id = language_id
        self.filename = path_of(uri).rpartition("/")[2]
        # What positions count in.
        self.encoding = encoding
        self.line_edits: list[LineEdit] = []
        # One of them is always there. Lines with their ends; the last has none, and may be "".
        self._source: str | None = text
        self._lines: list[str] | None = None

    @property
    def source(self) -> str:
        if self._source is None:
            self._source = "".join(self._lines or ())
        return self._source

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            self._lines = split(self._source or "")
        return self._lines

    def apply(self, change: types.TextDocumentContentChangeEvent) -> None:
        if isinstance(change, types.TextDocumentContentChangePartial):
            self.line_edits.append(self._edited(change.range, change.text))
        else:
            self._source, self._lines = change.text, None
            self.line_edits.append(LineEdit(0, ALL_LINES, 0))

    def _edited(self, place: types.Range, text: str) -> LineEdit:
        lines = self.lines
        # A range the wrong way round means the same text, as in vscode-languageserver-textdocument.
        (first, start), (last, end) = sorted((self._place(place.start), self._place(place.end)))
        new = lines[first][:start] + text + lines[last][end:]
        if first > 0 and new.startswith("\n") and lines[first - 1].endswith("\r"):
            # What were two line ends is one now.
            first -= 1
            new = lines[first] + new
        pieces = split(new)
        if last < len(lines) - 1:
            pieces.pop()
        old = lines[first : last + 1]
        lines[first : last + 1] = pieces
        self._source = None
        return _without_equal_ends(first, old, pieces)

    def _place(self, position: types.Position) -> tuple[int, int]:
        """Line and column in code points: past a line's end is its end, past the last line the text's end, inside a
        character its beginning."""
        lines = self.lines
        if position.line >= len(lines):
            return len(lines) - 1, len(lines[-1])
        line = lines[position.line]
        return position.line, to_column(_body(line), position.character, self.encoding)


def _without_equal_ends(first: int, old: Sequence[str], new: Sequence[str]) -> LineEdit:
    """Lines from `first` on that became others, without those at either end that are what they were: Enter at the end
    of a line leaves that line alone, a line that is put above another leaves both, and Neovim, which sends the fewest
    characters, begins that line behind the white space of the one below."""
    ahead = bool(old and new) and _body(old[0]) == _body(new[0])
    old, new = old[ahead:], new[ahead:]
    behind = bool(old and new) and _body(old[-1]) == _body(new[-1])
    return LineEdit(first + ahead, first + ahead + len(old) - behind, len(new) - behind)


def _body(line: str) -> str:
    return line.rstrip("\r\n")


def split(text: str) -> list[str]:
    """The lines with their ends, of LSP's three kinds; the last one has none and may be ""."""
    lines = _LINE.findall(text)
    if len(lines) > 1 and not lines[-2].endswith(("\r", "\n")):
        # An expression that matches nothing matches at the end, too.
        lines.pop()
    return lines


class _ByFile(dict[str, Document]):
    """Documents by URI, however a client spells the URI of a file (`%20`, `c%3A`)."""

    def get(self, uri: str, default: Any = None) -> Any:
        return super().get(_key(uri), default)

    def pop(self, uri: str, default: Any = None) -> Any:
        return super().pop(_key(uri), default)

    def __getitem__(self, uri: str) -> Document:
        return super().__getitem__(_key(uri))

    def __setitem__(self, uri: str, document: Document) -> None:
        super().__setitem__(_key(uri), document)

    def __contains__(self, uri: object) -> bool:
        return isinstance(uri, str) and super().__contains__(_key(uri))


def _key(uri: str) -> str:
    # What a path leaves out of a URI may be all that two of them differ in.
    return path_of(uri) if not any(char in "?#" or char < " " for char in uri) else uri


class Documents(Workspace):
    """Those that are open, and no others: what was never opened is nowhere read from the disk."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._text_documents: _ByFile = _ByFile()

    def put_text_document(self, text_document: types.TextDocumentItem, notebook_uri: str | None = None) -> None:
        item, encoding = text_document, encoding_of(self.position_encoding)
        self._text_documents[item.uri] = Document(item.uri, item.text, item.version, item.language_id, encoding)

    def remove_text_document(self, doc_uri: str) -> None:
        self._text_documents.pop(doc_uri)

    def update_text_document(
        self, text_doc: types.VersionedTextDocumentIdentifier, change: types.TextDocumentContentChangeEvent
    ) -> None:
        document = self._text_documents[text_doc.uri]
        document.apply(change)
        document.version = text_doc.version
