"""The language server. It holds the protocol's state; the session does the work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import cached_property

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from postil import __version__
from postil.core.text import markdown
from postil.core.text.positions import PositionEncoding
from postil.core.text.uri import path_of
from postil.lsp import client as clients
from postil.lsp.capabilities import ClientCapabilities
from postil.lsp.from_lsp import encoding_of
from postil.lsp.rpc import parent
from postil.lsp.rpc.protocol import INCREMENTAL, PostilProtocol
from postil.service import session as sessions
from postil.service.config.client import ClientConfig

log = logging.getLogger(__name__)

# Languages of notebooks' code cells, by LSP id. To read the table of languages would cost an editor's start some
# milliseconds.
NOTEBOOK_LANGUAGES = (
    "python", "r", "julia", "sql", "javascript", "typescript", "javascriptreact", "typescriptreact", "csharp", "fsharp",
    "powershell", "shellscript", "java", "kotlin", "scala", "groovy", "clojure", "go", "rust", "c", "cpp", "cuda-cpp",
    "swift", "ruby", "perl", "php", "lua", "haskell", "ocaml", "elixir", "erlang", "dart", "zig", "nim", "html", "css",
    "graphql",
)  # fmt: skip
NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithNotebook("*", [types.NotebookCellLanguage(one) for one in NOTEBOOK_LANGUAGES])],
    save=True,
)
# Different internal errors that are shown to the user. Further ones go to the log only.
MOST_REPORTED = 20
# Seconds for tasks to end and the embedded engine to be killed. Clients often wait only a second for the exit.
CLOSING_SECONDS = 0.6


class PostilServer(LanguageServer):
    """pygls' server with a session. The session is created at `initialized`, so that its imports don't delay the
    response to `initialize`."""

    protocol: PostilProtocol  # pyright: ignore[reportIncompatibleVariableOverride] - pygls creates it from `protocol_cls`

    def __init__(self, holder: sessions.EngineHolder | None = None) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - pygls leaves some of its parameters untyped
            "postil", __version__, INCREMENTAL, NOTEBOOKS, protocol_cls=PostilProtocol
        )
        # Set when the process shall end with `exit_code`.
        self.left = asyncio.Event()
        self.exit_code = 1
        # Whether the client's process is on this machine. Over a socket, its process id may belong to another one.
        self.local = False
        self.capabilities = ClientCapabilities()
        # From `initialize`; the session takes it over at `initialized`.
        self.client_config = ClientConfig()
        self.session: sessions.Session | None = None
        self.initialized = False
        # Counts the settings that the client was asked for or has pushed: an answer may come when it is old.
        self.settings_news = 0
        # Detaches the handler that forwards privacy warnings to the user.
        self.stop_forwarding: Callable[[], None] = lambda: None
        self._client: clients.LspClient | None = None
        self._holder = holder
        self._reported: set[str] = set()

    def open_session(self) -> sessions.Session:
        """The session, created at the first call. It reads settings and personas at `initialized`."""
        if self.session is None:
            self._client = clients.LspClient(self, self.capabilities, lambda: self.encoding)
            self.session = sessions.new(self._client, self._holder, self.client_config)
            self._client.session = self.session
        return self.session

    @property
    def client(self) -> clients.LspClient:
        """The session's connection to the editor."""
        self.open_session()
        assert self._client is not None
        return self._client

    @cached_property
    def encoding(self) -> PositionEncoding:
        """The negotiated position encoding."""
        return encoding_of(self.workspace.position_encoding)

    # -- shutdown

    def leave(self, code: int) -> None:
        """Ask the process to end: with exit code 0 after `shutdown`, otherwise `code`. Later calls are ignored."""
        shutting = self.protocol.shutting()
        if shutting is not None:
            # `exit` arrived before `shutdown` was answered: answer first.
            shutting.add_done_callback(lambda _: self.leave(code))
        elif not self.left.is_set():
            self.exit_code = 0 if self.protocol.phase == "shut" else code
            self.left.set()

    def watch_client(self, pid: int) -> None:
        if self.local:
            loop = asyncio.get_running_loop()
            parent.watch(pid, lambda: loop.call_soon_threadsafe(self.leave, 1) and None)

    async def close(self) -> None:
        """End the session's tasks and its engine, unless `shutdown` already has."""
        session, self.session = self.session, None
        if session is None:
            return
        try:
            await asyncio.wait_for(session.aclose(), CLOSING_SECONDS)
        except TimeoutError:
            # The embedded engine's process ends by itself when this process has ended.
            log.warning("some tasks were still running at the end")

    # -- errors

    def close_document(self, uri: str) -> None:
        """A document was closed: its notes are taken back."""
        self.open_session().closed(uri)
        self.client.closed(uri)

    def close_notebook(self, uri: str) -> None:
        notebook = self.open_session().documents.notebooks.pop(uri, None)
        for cell in notebook.cells if notebook is not None else ():
            self.close_document(cell.uri)

    def notification_refused(self, method: str, uri: str | None) -> None:
        """A notification about a document can't be parsed. After a lost change the server's text differs from the
        editor's, so the document (of a notebook, each cell) is closed and gets no more diagnostics."""
        session = self.session
        if uri is None or session is None:
            return
        if method == types.TEXT_DOCUMENT_DID_CHANGE and session.documents.opened(uri) is not None:
            self.close_document(uri)
        elif method == types.NOTEBOOK_DOCUMENT_DID_CHANGE and uri in session.documents.notebooks:
            self.close_notebook(uri)
        else:
            return
        self.client.message(
            f"a change of {path_of(uri)} can't be read. Close the file and open it again to have it reviewed."
        )

    def report_server_error(self, error: BaseException, source: object) -> None:
        """An internal error: log the traceback, and show the user one message per kind. Intended error responses aren't
        reported here."""
        log.error("%s", error, exc_info=error)
        kind = f"{type(error).__name__}: {error}"[:200]
        if self.session is not None and self.session.status.state != "busy":
            # A message box is gone with a click; what doesn't work then must not look ready.
            self.session.reporter.change(state="error", message=f"Postil failed: {kind}. Its log says more.")
        if kind not in self._reported and len(self._reported) < MOST_REPORTED:
            self._reported.add(kind)
            text = markdown.without_links(f"Postil failed: {kind}. Its log says more.")
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))
