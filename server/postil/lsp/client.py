"""Sends a session's diagnostics, status, progress and messages to the editor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from postil.core.models import catalogue
from postil.core.text.markdown import without_links
from postil.core.text.positions import PositionEncoding, split_lines
from postil.engine.base import EngineError, Progress
from postil.engine.download import pull as downloads
from postil.lsp.capabilities import ClientCapabilities
from postil.lsp.progress import RunProgress, TaskProgress
from postil.lsp.publish import Publisher
from postil.lsp.to_lsp import check_diagnostic, diagnostic, problem_diagnostic, reviewed
from postil.service.checks import accepted
from postil.service.checks.project import ProjectCheck
from postil.service.client import PullOffer, RunOffer, RunState
from postil.service.review.document_run import Run
from postil.service.session import Session
from postil.service.status import Status

STATUS = "postil/status"
REVIEWED = "postil/reviewed"
NOT_NOW = "Not now"
RUN = "Run it"


class LspClient:
    """Implements `service.client.Client` over LSP. `session` is set right after the session is created."""

    session: Session

    def __init__(
        self, server: LanguageServer, capabilities: ClientCapabilities, encoding: Callable[[], PositionEncoding]
    ) -> None:
        self._server = server
        self._capabilities = capabilities
        self._encoding = encoding
        self._publisher = Publisher(self._send_diagnostics)
        self._runs = RunProgress(server, lambda uri: self.session.cancel(uri))
        self._tasks = TaskProgress(server, enabled=capabilities.progress)

    def publish(self, uri: str) -> None:
        self._publisher.changed(uri)

    def status(self, status: Status) -> None:
        self._server.protocol.notify(STATUS, asdict(status))

    def progress(self, run: Run, state: RunState) -> None:
        if state == "began":
            if self._capabilities.progress and not run.quiet:
                self._runs.began(run)
        elif state == "moved":
            self._runs.moved(run)
        else:
            self._publisher.flush(run.uri)
            self._server.protocol.notify(REVIEWED, reviewed(run))
            self._runs.ended(run)

    def message(self, text: str, *, error: bool = True, offer: PullOffer | RunOffer | None = None) -> None:
        if isinstance(offer, RunOffer):
            self.session.jobs.spawn(lambda: self._offer_run(offer.check))
            return
        if offer is not None:
            self.session.jobs.spawn(lambda: self._offer(text, offer))
            return
        kind = types.MessageType.Warning if error else types.MessageType.Info
        self._server.window_show_message(types.ShowMessageParams(kind, without_links(f"Postil: {text}")))

    def closed(self, uri: str) -> None:
        """A document was closed: send its pending diagnostics and forget its state."""
        self._publisher.flush(uri)
        self._publisher.forget(uri)

    async def with_progress(self, title: str, steps: AsyncGenerator[Progress]) -> bool:
        """Run a task and show its steps as progress. False if the user has cancelled it; the generator is closed then.
        Raises what the steps raise."""
        return await self._tasks.run(title, steps)

    async def agreed(self, check: ProjectCheck) -> bool:
        """Whether a check may run: the user is asked about a command line that they haven't said yes to."""
        if accepted.is_accepted(check):
            return True
        answer = await self._server.window_show_message_request_async(
            types.ShowMessageRequestParams(
                type=types.MessageType.Warning,
                message=without_links(f"Postil: {accepted.question(check)}"),
                actions=[types.MessageActionItem(RUN), types.MessageActionItem(NOT_NOW)],
            )
        )
        if answer is None or answer.title != RUN:
            return False
        self.session.checks.agreed(check)
        return accepted.is_accepted(check)

    def cancel_progress(self, token: str | int) -> None:
        """The user has cancelled the task or review with this token."""
        if not self._tasks.cancel(token):
            self._runs.cancelled(token)

    def _send_diagnostics(self, uri: str) -> None:
        session, encoding = self.session, self._encoding()
        document = session.documents.get(uri)
        # Code has no problems of Modelfiles.
        problems, lines = session.modelfiles.of(uri) if document is None or document.kind != "code" else ((), [""])
        placed = session.notes(document) if document is not None else []
        if document is not None and (placed or problems):
            lines = split_lines(document.text)
        version = document.version if document is not None and self._capabilities.versions else None
        diagnostics = [diagnostic(item, uri, lines, encoding, self._capabilities) for item in placed]
        diagnostics += [problem_diagnostic(problem, lines, encoding) for problem in problems]
        if "checks" in self.session.__dict__:
            notes = session.checks.notes_on(uri)
            diagnostics += [check_diagnostic(note, encoding, self._capabilities) for note in notes]
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    async def _offer_run(self, check: ProjectCheck) -> None:
        if await self.agreed(check):
            self.session.checks.start_on_save(check, self.session.config_of(str(check.workspace)))

    async def _offer(self, text: str, offer: PullOffer) -> None:
        """Ask the user whether to download a model. Nothing is downloaded without consent."""
        model, session = offer.model, self.session
        known = catalogue.catalogue().get(model)
        pull = f"Pull {model}" + (f" ({known.bytes / 1e9:.1f} GB)" if known is not None else "")
        answer = await self._server.window_show_message_request_async(
            types.ShowMessageRequestParams(
                type=types.MessageType.Warning,
                message=without_links(f"Postil: {text}"),
                actions=[types.MessageActionItem(pull), types.MessageActionItem(NOT_NOW)],
            )
        )
        if answer is None or answer.title != pull:
            return
        try:
            pulled = await self.with_progress(
                f"Pulling {model}", downloads.pull_model(offer.engine, session.settings, model)
            )
        except EngineError as failure:
            self.message(f"{model} was not pulled: {failure}")
            pulled = False
        if pulled:
            self.message(f"{model} is here.", error=False)
            await session.model_installed(model)
        else:
            session.offers.withdraw(model)
