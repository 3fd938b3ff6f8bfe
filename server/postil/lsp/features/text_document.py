"""Documents opened, changed, saved and closed."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from postil.core.review.finding import Span
from postil.lsp.from_lsp import language_of, path_of
from postil.lsp.modelfile_problems import is_modelfile
from postil.lsp.rpc.documents import ALL_LINES
from postil.lsp.server import PostilServer
from postil.service.review.findings import LineEdit

if TYPE_CHECKING:
    from postil.lsp.rpc.documents import Document
    from postil.service.config.folder import Cause


def did_open(server: PostilServer, params: types.DidOpenTextDocumentParams) -> None:
    session = server.open_session()
    document = params.text_document
    session.opened(document.uri)
    if document.uri not in server.unopened:
        # Opened a second time: nobody has said what is different.
        session.edited(document.uri, [LineEdit(0, ALL_LINES, 0)])
    if is_modelfile(document.uri, document.language_id):
        server.modelfiles.edited(document.uri, document.text)
    elif session.config_of(path_of(document.uri)).settings.review.on_open:
        review(server, document.uri, "open")


def did_change(server: PostilServer, params: types.DidChangeTextDocumentParams) -> None:
    session = server.session
    uri = params.text_document.uri
    if session is not None and server.modelfiles.is_open(uri):
        server.modelfiles.edited(uri, server.workspace.text_documents[uri].source)
    if session is None or uri not in session.findings or not session.findings.watched(uri):
        return
    session.edited(uri, server.workspace.text_documents[uri].line_edits)


def did_save(server: PostilServer, params: types.DidSaveTextDocumentParams) -> None:
    session = server.open_session()
    # It may have been .postilignore.
    server.refused.clear()
    server.file_touched(params.text_document.uri)
    uri = params.text_document.uri
    if session.config_of(path_of(uri)).settings.review.on_save:
        review(server, uri, "save")


def did_close(server: PostilServer, params: types.DidCloseTextDocumentParams) -> None:
    session = server.open_session()
    uri = params.text_document.uri
    if uri in server.unopened:
        # Its notes came without opening it, and stay when it is closed.
        document = server.workspace.text_documents.get(uri)
        server.unopened[uri] = replace(server.unopened[uri], source=document.source if document is not None else "")
    else:
        session.closed(uri)
    server.modelfiles.closed(uri)
    server.refused.pop(uri, None)
    server.publisher.flush(uri)
    server.publisher.forget(uri)


def lost(server: PostilServer, params: Any) -> None:
    """A change that can't be read: the document here is another than the editor's, and nothing may be said of it."""
    named = params.get("textDocument") if isinstance(params, dict) else None
    uri = named.get("uri") if isinstance(named, dict) else None
    if not isinstance(uri, str) or uri not in server.workspace.text_documents:
        return
    server.workspace.remove_text_document(uri)
    did_close(server, types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    server.tell(f"a change of {path_of(uri)} can't be read. Close the file and open it again to have it reviewed.")


def review(
    server: PostilServer,
    uri: str,
    cause: Cause,
    lines: Span | None = None,
    only: Collection[str] | None = None,
) -> str | None:
    """Start a review of a document that is open or was read before (`only`: by these personas); the reason when there
    is none."""
    session = server.open_session()
    document = server.workspace.text_documents.get(uri) or server.unopened.get(uri)
    if document is None:
        return f"{uri} is not open"
    if server.modelfiles.is_open(uri):
        return "Modelfiles are checked, not reviewed"
    path = path_of(uri)
    config = session.config_of(path)
    refused = _refused(path, config.workspace, config.settings.review.exclude)
    if refused is not None:
        return f"{path} is not reviewed: {refused}"
    text = document.source
    spans = (lines,) if lines is not None else None
    return session.reviews.start(uri, path, language_of(document), text, document.version, cause, spans, only)


def refused(server: PostilServer, document: Document) -> str | None:
    """Why nothing of this document is shown to a model; remembered, because it is asked with every key."""
    uri = document.uri
    if uri not in server.refused:
        path = path_of(uri)
        server.refused[uri] = _refused(path, server.open_session().config_of(path).workspace, ())
    return server.refused[uri]


def _refused(path: str, folder: Path | None, exclude: Sequence[str]) -> str | None:
    """Why a file is never sent to a model (.postilignore, review.exclude, secrets, binary, size)."""
    from postil.service.workspace.files import select

    file = Path(path)
    # Not `is_file`: that raises for a name that is too long for any file.
    if not file.is_absolute() or not os.path.isfile(path):  # noqa: PTH113
        return None
    skipped = select([file], folder or file.parent, exclude, named=True).skipped
    return skipped[0].reason if skipped else None
