"""The language server: the table of all that it can do, and the wiring of the session to the client."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from postil import __version__
from postil.lsp.capabilities import ClientCapabilities
from postil.lsp.from_lsp import encoding_of
from postil.lsp.rpc.protocol import INCREMENTAL, PostilProtocol
from postil.service.config.client import ClientConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from postil.core.text.positions import PositionEncoding
    from postil.engine.base import ModelMissing
    from postil.lsp.features.fixed import Applied
    from postil.lsp.reloading import Reloading
    from postil.lsp.rpc.documents import Document
    from postil.service.config.load import ConfigProblem
    from postil.service.engines import EngineHolder
    from postil.service.review.findings import Placed
    from postil.service.review.run import Run
    from postil.service.session import Session
    from postil.service.status import Status

log = logging.getLogger(__name__)

STATUS = "postil/status"
REVIEWED = "postil/reviewed"
# Kinds of our own failures that the user hears of; after so many the log is the place.
MOST_REPORTED = 20


@dataclass(frozen=True, slots=True)
class Unopened:
    """A file that was read from the disk, as far as a document is asked for."""

    uri: str
    source: str
    language_id: str
    version: None = None


class PostilServer(LanguageServer):
    """pygls' server with a session, which exists from `initialized` on: what it needs to import must not
    hold up the answer to `initialize`."""

    protocol: PostilProtocol

    def __init__(self, engines: EngineHolder | None = None) -> None:
        super().__init__("postil", __version__, INCREMENTAL, protocol_cls=PostilProtocol)
        # Whether the end has been asked for, and by which exit code.
        self.left = asyncio.Event()
        self.exit_code = 1
        # Whether the client's process is one of this machine (over a socket its number means nothing here).
        self.local = False
        self.capabilities = ClientCapabilities()
        self.session: Session | None = None
        self.client_config = ClientConfig()
        self.engines = engines
        self.reloading: Reloading | None = None
        self.settings_problems: tuple[ConfigProblem, ...] = ()
        # Files that are never sent to a model, by URI; looked at again after a save.
        self.refused: dict[str, str | None] = {}
        # Files that were read without being open, by URI.
        self.unopened: dict[str, Unopened] = {}
        # Models that the user has been asked about.
        self.offered: set[str] = set()
        # Those of a list that is being read.
        self.listed: set[str] = set()
        # Fixes that were applied and are being read again, by URI.
        self.verifying: dict[str, Applied] = {}
        # What stops a task that shows its progress, by token.
        self.cancels: dict[str, Callable[[], None]] = {}
        # Ends what tells the user of their privacy.
        self.untold: Callable[[], None] = lambda: None
        self._reported: set[str] = set()

    # -- the end

    def leave(self, code: int) -> None:
        """The process ends soon, with 0 after `shutdown`; only the first code counts."""
        shutting = self.protocol.shutting()
        if shutting is not None:
            # Everything came in one breath: the answer goes out first.
            shutting.add_done_callback(lambda _: self.leave(code))
        elif not self.left.is_set():
            self.exit_code = 0 if self.protocol.phase == "shut" else code
            self.left.set()

    def watch_client(self, pid: int) -> None:
        if self.local:
            from postil.lsp.rpc.parent import watch

            loop = asyncio.get_running_loop()
            watch(pid, lambda: loop.call_soon_threadsafe(self.leave, 1))

    # -- the client of the session

    def open_session(self) -> Session:
        """The session, made at the first call."""
        if self.session is None:
            from postil.lsp.modelfile_problems import ModelfileProblems
            from postil.lsp.progress import RunProgress
            from postil.lsp.publish import Publisher
            from postil.service.engines import EngineHolder
            from postil.service.personas.load import PersonaSet
            from postil.service.session import Session
            from postil.settings import Settings

            self.publisher = Publisher(self.publish)
            self.modelfiles = ModelfileProblems(self.publisher.changed)
            # Settings and personas come with `initialized` (lsp/reloading), which is the next thing to happen.
            self.session = Session(
                self, Settings(), PersonaSet({}), self.engines or EngineHolder(), self.client_config.folders
            )
            self.progress = RunProgress(self, self.session.cancel)
        return self.session

    def publish(self, uri: str) -> None:
        from postil.core.text.positions import split_lines
        from postil.lsp.to_lsp import diagnostic, problem_diagnostic

        if self.session is None:
            return
        problems, lines = self.modelfiles.of(uri)
        document = self.workspace.text_documents.get(uri)
        known = document or self.unopened.get(uri)
        placed = self.shown(known) if known is not None else []
        if known is not None and (placed or problems):
            lines = split_lines(known.source)
        encoding = self.encoding
        version = document.version if document is not None and self.capabilities.versions else None
        diagnostics = [diagnostic(item, uri, lines, encoding, self.capabilities) for item in placed]
        diagnostics += [problem_diagnostic(problem, lines, encoding) for problem in problems]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    def shown(self, document: Document | Unopened) -> list[Placed]:
        """The notes on a document that nobody has dismissed."""
        from postil.lsp.from_lsp import language_of, path_of

        if self.session is None:
            return []
        return self.session.shown(document.uri, document.source, path_of(document.uri), language_of(document))

    @property
    def encoding(self) -> PositionEncoding:
        """What was negotiated."""
        return encoding_of(self.workspace.position_encoding)

    def file_touched(self, uri: str) -> None:
        """A file may have been written: by this client, or as it was told by its own watching."""
        from postil.lsp.from_lsp import path_of

        if self.reloading is not None:
            self.reloading.touched(path_of(uri))

    def findings_changed(self, uri: str) -> None:
        self.publisher.changed(uri)

    def run_began(self, run: Run) -> None:
        # Of many files at once their common progress tells.
        if self.capabilities.progress and run.uri not in self.listed:
            self.progress.began(run)

    def run_moved(self, run: Run) -> None:
        self.progress.moved(run)

    def run_ended(self, run: Run) -> None:
        self.publisher.flush(run.uri)
        from postil.lsp.to_lsp import reviewed

        self.protocol.notify(REVIEWED, reviewed(run))
        self.progress.ended(run)
        if run.uri in self.verifying:
            from postil.lsp.features.fixed import verified

            verified(self, run)
        self._forget_unopened()

    def _forget_unopened(self) -> None:
        """Of the files that were read without being open, those that have no notes: the oldest beyond `cache.files`."""
        session = self.session
        if session is None or len(self.unopened) <= session.settings.cache.files:
            return
        bare = [uri for uri in self.unopened if uri not in session.reviews.runs and not session.findings.of(uri)]
        for uri in bare[: max(len(bare) - session.settings.cache.files, 0)]:
            del self.unopened[uri]
            if uri not in self.workspace.text_documents:
                session.findings.close(uri)
                self.publisher.forget(uri)

    def status_changed(self, status: Status) -> None:
        from dataclasses import asdict

        self.protocol.notify(STATUS, asdict(status))

    def review_again(self, uri: str, personas: Collection[str]) -> None:
        from postil.lsp.features.text_document import review

        reason = review(self, uri, "reload", only=personas)
        if reason is not None:
            log.debug("not read anew: %s", reason)

    def model_missing(self, error: ModelMissing, engine: str) -> None:
        from postil.lsp.missing_model import offer

        self.open_session().jobs.spawn(lambda: offer(self, error, engine))

    def tell(self, message: str, *, error: bool = True) -> None:
        from postil.core.text.markdown import told

        kind = types.MessageType.Warning if error else types.MessageType.Info
        self.window_show_message(types.ShowMessageParams(kind, told(f"Postil: {message}")))

    def notification_refused(self, method: str, params: Any) -> None:
        """A notification that can't be read; when it was to change a document, its text here isn't the editor's."""
        from postil.lsp.features.text_document import lost

        if method == types.TEXT_DOCUMENT_DID_CHANGE:
            lost(self, params)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """A bug of ours: the traceback for the log, and one message a kind for the user. What is answered with an
        error on purpose doesn't come here."""
        log.error("%s", error, exc_info=error)
        kind = f"{type(error).__name__}: {error}"[:200]
        if kind not in self._reported and len(self._reported) < MOST_REPORTED:
            self._reported.add(kind)
            from postil.core.text.markdown import told

            said = told(f"Postil failed: {kind}. Its log tells more.")
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, said))


def make_server(engines: EngineHolder | None = None) -> PostilServer:
    """A server with all its features."""
    from postil.lsp.features import (
        code_action,
        commands,
        completion,
        fix_on_demand,
        fixed,
        hover,
        inline_completion,
        lifecycle,
        model_commands,
        modelfile,
        persona_commands,
        review_files,
    )
    from postil.lsp.features import dismiss as dismissing
    from postil.lsp.features import persona_actions as actions
    from postil.lsp.features import text_document as documents

    server = PostilServer(engines)
    on = server.feature

    on(types.INITIALIZE)(lifecycle.initialize)
    on(types.INITIALIZED)(lifecycle.initialized)
    on(types.SHUTDOWN)(lifecycle.shutdown)
    on(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(lifecycle.did_change_configuration)
    on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(lifecycle.did_change_watched_files)
    on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(lifecycle.did_change_workspace_folders)
    on(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(lifecycle.progress_cancel)

    on(types.TEXT_DOCUMENT_DID_OPEN)(documents.did_open)
    on(types.TEXT_DOCUMENT_DID_CHANGE)(documents.did_change)
    on(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))(documents.did_save)
    on(types.TEXT_DOCUMENT_DID_CLOSE)(documents.did_close)

    on(types.TEXT_DOCUMENT_CODE_ACTION, code_action.OPTIONS)(code_action.code_action)

    on(types.CODE_ACTION_RESOLVE)(fix_on_demand.resolve)

    on(types.TEXT_DOCUMENT_HOVER)(hover.hover)
    on(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(modelfile.document_symbol)
    on(types.TEXT_DOCUMENT_FORMATTING)(modelfile.formatting)

    on(types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion.OPTIONS)(inline_completion.inline_completion)
    on(types.TEXT_DOCUMENT_COMPLETION, completion.OPTIONS)(completion.completion)
    on("postil/didShow")(inline_completion.did_show)
    on("postil/didPartiallyAccept")(inline_completion.did_partially_accept)

    server.command("postil.review")(commands.review)
    server.command("postil.reviewRange")(commands.review_range)
    server.command("postil.reviewChanges")(review_files.changes)
    server.command("postil.reviewWorkspace")(review_files.workspace)
    server.command("postil.persona")(commands.persona)
    server.command(code_action.FIXED)(fixed.fixed)
    server.command(actions.ACTION)(actions.run)
    server.command(dismissing.DISMISS)(dismissing.dismiss)
    server.command("postil.cancel")(commands.cancel)
    server.command("postil.clear")(commands.clear)
    server.command("postil.personas")(persona_commands.personas)
    server.command("postil.pushPersona")(persona_commands.push)
    server.command("postil.pullPersona")(persona_commands.pull)
    server.command("postil.newPersona")(persona_commands.new)
    server.command("postil.checkPersonas")(persona_commands.check)
    server.command("postil.models")(model_commands.models)
    server.command("postil.pullModel")(model_commands.pull)
    server.command("postil.removeModel")(model_commands.remove)
    server.command("postil.copyModel")(model_commands.copy)
    server.command("postil.loadModel")(model_commands.load)
    server.command("postil.unloadModel")(model_commands.unload)
    server.command(inline_completion.ACCEPTED)(inline_completion.accepted)
    server.command("postil.completionCounts")(inline_completion.counts)
    return server
