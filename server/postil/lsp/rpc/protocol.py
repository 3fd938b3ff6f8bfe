"""initialize, shutdown and exit, where pygls' handlers don't follow LSP."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.protocol import lsp_method

from postil.lsp.from_lsp import folder_at
from postil.lsp.rpc.messages import Messages

INCREMENTAL = types.TextDocumentSyncKind.Incremental
# pygls would keep its own documents, whose line ends aren't LSP's, and its own table of progress tokens.
_NOT_USED = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)


class PostilProtocol(Messages):
    """The protocol of `PostilServer`."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._shutdown_id: int | str | None = None
        for method in _NOT_USED:
            del self.tables[0][method]

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        if folder_at(params.root_uri) is None:
            # pygls would raise for some invalid URIs.
            params.root_uri = None
        result = yield from super().lsp_initialize(params)
        self.phase = "open"
        return result

    @lsp_method(types.SHUTDOWN)
    # pygls' handler is a generator that answers before Postil's handler has ended.
    async def lsp_shutdown(self, *given: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - see above
        self.phase, self._shutdown, self._shutdown_id = "shut", True, self.msg_id
        # A request that is answered removes itself from the table.
        for number, future in list(self._request_futures.items()):
            if number != self.msg_id:
                future.cancel()
        handler = self.feature_of(types.SHUTDOWN)
        if handler is not None:
            await handler(*given)

    @lsp_method(types.EXIT)
    # pygls' handler is a generator that ends the process at once.
    def lsp_exit(self, *given: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - see above
        self.server.leave(1)

    def shutting(self) -> Future[Any] | None:
        """The running `shutdown` request, if any."""
        return self._request_futures.get(self._shutdown_id) if self._shutdown_id is not None else None
