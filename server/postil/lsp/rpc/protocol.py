"""pygls' own handlers, where they aren't LSP's: documents, the beginning and the end of a server."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.protocol import lsp_method

from postil.lsp.from_lsp import folder_at
from postil.lsp.rpc.documents import Documents
from postil.lsp.rpc.messages import Messages

if TYPE_CHECKING:
    from concurrent.futures import Future

log = logging.getLogger(__name__)

INCREMENTAL = types.TextDocumentSyncKind.Incremental


class PostilProtocol(Messages):
    """The protocol of `PostilServer`."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._shutdown_id: int | str | None = None

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        if folder_at(params.root_uri) is None:
            # pygls would raise for some that are no URI at all.
            params.root_uri = None
        steps = super().lsp_initialize(params)
        # Its workspace is there now, and nobody has seen it.
        asked = next(steps)
        old = self.workspace
        folders = params.workspace_folders or []
        self._workspace = Documents(old.root_uri, INCREMENTAL, folders, old.position_encoding)
        given = yield asked
        try:
            steps.send(given)
        except StopIteration as end:
            self.phase = "open"
            return end.value
        raise RuntimeError("pygls asks for more than one handler of `initialize`")

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        document = self.workspace.text_documents.get(params.text_document.uri)
        if document is None:
            log.warning("a change of a document that isn't open: %s", params.text_document.uri)
            return
        document.line_edits = []
        yield from super().lsp_text_document__did_change(params)

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        # Not to pygls' own table of progress, which we don't use and which takes a list for a token.
        self.fm.features[types.WINDOW_WORK_DONE_PROGRESS_CANCEL](params)

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, *given: Any) -> None:
        self.phase, self._shutdown, self._shutdown_id = "shut", True, self.msg_id
        # What is answered takes itself out of the table.
        for number, future in list(self._request_futures.items()):
            if number != self.msg_id:
                future.cancel()
        handler = self.fm.features.get(types.SHUTDOWN)
        if handler is not None:
            await handler(*given)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *given: Any) -> None:
        self._server.leave(1)  # type: ignore[attr-defined]

    def shutting(self) -> Future[Any] | None:
        """The `shutdown` that runs."""
        return self._request_futures.get(self._shutdown_id)
