"""textDocument/didOpen, didChange, didSave and didClose."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from lsprotocol import types

from postil.core.text.edits import LineEdit
from postil.core.text.positions import PositionEncoding, to_column
from postil.lsp.server import PostilServer
from postil.service.documents import Document, Place

log = logging.getLogger(__name__)


def did_open(server: PostilServer, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    server.open_session().opened(Document(item.uri, item.text, item.version, item.language_id))


def did_change(server: PostilServer, params: types.DidChangeTextDocumentParams) -> None:
    change_document(server, params.text_document.uri, params.text_document.version, params.content_changes)


def change_document(
    server: PostilServer, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]
) -> None:
    """Apply a client's changes to an open document."""
    session = server.open_session()
    document = session.documents.opened(uri)
    if document is None:
        log.warning("didChange for a document that isn't open: %s", uri)
        return
    edits = [apply_change(document, change, server.encoding) for change in changes]
    document.version = version
    session.edited(document, edits)


def did_save(server: PostilServer, params: types.DidSaveTextDocumentParams) -> None:
    server.open_session().saved(params.text_document.uri)


def did_close(server: PostilServer, params: types.DidCloseTextDocumentParams) -> None:
    server.close_document(params.text_document.uri)


def apply_change(
    document: Document, change: types.TextDocumentContentChangeEvent, encoding: PositionEncoding
) -> LineEdit:
    """Apply a client's change to a document. Returns the changed lines."""
    if isinstance(change, types.TextDocumentContentChangePartial):
        start, end = (place_in(document, place, encoding) for place in (change.range.start, change.range.end))
        return document.edit(start, end, change.text)
    return document.replace(change.text)


def place_in(document: Document, position: types.Position, encoding: PositionEncoding) -> Place:
    """The place of an LSP position. Past the end of a line or of the text is that end; in a character, its start."""
    lines = document.lines
    if position.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    line = lines[position.line].rstrip("\r\n")
    return position.line, to_column(line, position.character, encoding)
