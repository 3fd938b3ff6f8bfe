"""The language server: the state of the protocol, and the session that does the work."""

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

# Kinds of our own failures that the user hears of; after so many the log is the place.
MOST_REPORTED = 20
# For tasks to end and the engine's child to be killed; who waits for our end waits for a second.
CLOSING_SECONDS = 0.6


class PostilServer(LanguageServer):
    """pygls' server with a session, which is made when the client has said `initialized`: what it needs to import must
    not hold up the answer to `initialize`."""

    protocol: PostilProtocol  # pyright: ignore[reportIncompatibleVariableOverride] - pygls makes it of `protocol_cls`

    def __init__(self, holder: sessions.EngineHolder | None = None) -> None:
        super().__init__("postil", __version__, INCREMENTAL, protocol_cls=PostilProtocol)  # pyright: ignore[reportUnknownMemberType] - pygls leaves some of its parameters untyped
        # Set when the end has been asked for, and the exit code.
        self.left = asyncio.Event()
        self.exit_code = 1
        # Whether the client's process is one of this machine (over a socket its number means nothing here).
        self.local = False
        self.capabilities = ClientCapabilities()
        # What `initialize` said; from `initialized` on the session has it.
        self.client_config = ClientConfig()
        self.session: sessions.Session | None = None
        self.initialized = False
        # Detaches the handler that forwards privacy warnings to the user.
        self.stop_forwarding: Callable[[], None] = lambda: None
        self._client: clients.LspClient | None = None
        self._holder = holder
        self._reported: set[str] = set()

    def open_session(self) -> sessions.Session:
        """The session, made at the first call. Settings and personas come with `initialized`."""
        if self.session is None:
            self._client = clients.LspClient(self, self.capabilities, lambda: self.encoding)
            self.session = sessions.new(self._client, self._holder, self.client_config)
            self._client.session = self.session
        return self.session

    @property
    def client(self) -> clients.LspClient:
        """The session's way to the editor."""
        self.open_session()
        assert self._client is not None
        return self._client

    @cached_property
    def encoding(self) -> PositionEncoding:
        """What was negotiated."""
        return encoding_of(self.workspace.position_encoding)

    # -- the end

    def leave(self, code: int) -> None:
        """The process ends soon, with 0 after `shutdown`; only the first code counts."""
        shutting = self.protocol.shutting()
        if shutting is not None:
            # Everything came at once: the answer goes out first.
            shutting.add_done_callback(lambda _: self.leave(code))
        elif not self.left.is_set():
            self.exit_code = 0 if self.protocol.phase == "shut" else code
            self.left.set()

    def watch_client(self, pid: int) -> None:
        if self.local:
            loop = asyncio.get_running_loop()
            parent.watch(pid, lambda: loop.call_soon_threadsafe(self.leave, 1) and None)

    async def close(self) -> None:
        """The session's tasks and its engine, if a `shutdown` hasn't ended them."""
        session, self.session = self.session, None
        if session is None:
            return
        try:
            await asyncio.wait_for(session.aclose(), CLOSING_SECONDS)
        except TimeoutError:
            # The engine's child ends by itself when we have.
            log.warning("something still ran at the end")

    # -- what goes wrong

    def notification_refused(self, method: str, uri: str | None) -> None:
        """A notification about a document (`uri`) can't be read. A change that is lost leaves a text here that isn't
        the editor's, of which nothing may be said."""
        session = self.session
        if method != types.TEXT_DOCUMENT_DID_CHANGE or uri is None or session is None:
            return
        if session.documents.opened(uri) is None:
            return
        session.closed(uri)
        self.client.closed(uri)
        self.client.message(
            f"a change of {path_of(uri)} can't be read. Close the file and open it again to have it reviewed."
        )

    def report_server_error(self, error: BaseException, source: object) -> None:
        """A bug of ours: the traceback for the log, and one message a kind for the user. What is answered with an
        error on purpose doesn't come here."""
        log.error("%s", error, exc_info=error)
        kind = f"{type(error).__name__}: {error}"[:200]
        if kind not in self._reported and len(self._reported) < MOST_REPORTED:
            self._reported.add(kind)
            text = markdown.without_links(f"Postil failed: {kind}. Its log tells more.")
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))
