"""notebookDocument/didOpen, didChange, didSave and didClose: each cell is a document of its own."""

from __future__ import annotations

import logging

from lsprotocol import types

from postil.lsp.server import PostilServer
from postil.lsp.sync.text_document import change_document
from postil.service.documents import Cell, Document, Notebook

log = logging.getLogger(__name__)


def did_open(server: PostilServer, params: types.DidOpenNotebookDocumentParams) -> None:
    given = params.notebook_document
    notebook = Notebook(given.uri, [_cell(cell) for cell in given.cells])
    server.open_session().documents.notebooks[given.uri] = notebook
    for item in params.cell_text_documents:
        _open(server, notebook, item)


def did_change(server: PostilServer, params: types.DidChangeNotebookDocumentParams) -> None:
    notebook = server.open_session().documents.notebooks.get(params.notebook_document.uri)
    if notebook is None:
        log.warning("didChange for a notebook that isn't open: %s", params.notebook_document.uri)
        return
    change = params.change.cells
    if change is None:
        return
    if change.structure is not None:
        array = change.structure.array
        notebook.splice(array.start, array.delete_count, [_cell(cell) for cell in array.cells or ()])
        for closed in change.structure.did_close or ():
            server.close_document(closed.uri)
        for item in change.structure.did_open or ():
            _open(server, notebook, item)
    for cell in change.data or ():
        notebook.told(_cell(cell))
    for content in change.text_content or ():
        change_document(server, content.document.uri, content.document.version, content.changes)


def did_save(server: PostilServer, params: types.DidSaveNotebookDocumentParams) -> None:
    server.open_session().saved(params.notebook_document.uri)


def did_close(server: PostilServer, params: types.DidCloseNotebookDocumentParams) -> None:
    # Some clients don't name the cells.
    server.close_notebook(params.notebook_document.uri)
    for cell in params.cell_text_documents:
        if server.open_session().documents.opened(cell.uri) is not None:
            server.close_document(cell.uri)


def _open(server: PostilServer, notebook: Notebook, item: types.TextDocumentItem) -> None:
    server.open_session().opened(Document(item.uri, item.text, item.version, item.language_id, notebook))


def _cell(cell: types.NotebookCell) -> Cell:
    return Cell(cell.document, code=cell.kind == types.NotebookCellKind.Code)
