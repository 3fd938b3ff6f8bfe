"""The session owns all mutable state: documents, settings, personas, engine, jobs and findings."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from postil import logs
from postil.core.completion import cursor
from postil.core.models import overrides
from postil.core.review.finding import Span
from postil.core.suppression import dismissed
from postil.core.suppression.baseline import Baseline
from postil.core.text.edits import LineEdit
from postil.core.text.uri import path_of
from postil.engine.base import EngineRefused
from postil.service.actions.explanations import Explanations
from postil.service.checks import runner as check_runner
from postil.service.client import Client, RunState
from postil.service.completion import completer
from postil.service.config.client import ClientConfig, innermost
from postil.service.config.load import ProblemsTold
from postil.service.config.reload import LoadedConfig, Reloader
from postil.service.config.workspace import Cause, FolderConfig, WorkspaceConfig, review_changes
from postil.service.context import indexes as context_indexes
from postil.service.documents import ALL_LINES, Document, Documents, Notebook
from postil.service.engines import EngineHolder
from postil.service.jobs import Jobs
from postil.service.models.offers import ModelOffers
from postil.service.personas.load import PersonaSet
from postil.service.personas.problems import ModelfileProblems
from postil.service.review import runner
from postil.service.review.applied_fixes import AppliedFixes
from postil.service.review.baseline import path_in
from postil.service.review.cache import ReviewCache
from postil.service.review.document_run import Run
from postil.service.review.fallback import Fallback
from postil.service.review.findings import FindingsStore, Placed
from postil.service.review.methods import reason as review_reason
from postil.service.status import Status, StatusReporter
from postil.service.workspace import files
from postil.settings import Settings

log = logging.getLogger(__name__)


class Session:
    """Only synchronous code on the event loop changes a session; code that awaits works on snapshots. The modules for
    reviews and completions are executed at the first review and the first completion (postil/lazy)."""

    def __init__(
        self,
        client: Client,
        settings: Settings,
        personas: PersonaSet,
        engines: EngineHolder,
        folders: Sequence[Path] = (),
    ) -> None:
        self.client = client
        self.config = WorkspaceConfig(
            tuple(FolderConfig(settings, personas, folder) for folder in (folders or (None,)))
        )
        self.engines = engines
        self.documents = Documents()
        self.findings = FindingsStore()
        self.jobs = Jobs(settings.units_at_once, lambda error: self.reporter.unexpected(error))
        self.reporter = StatusReporter(client.status, lambda text, error: client.message(text, error=error))
        self.fallback = Fallback()
        self.modelfiles = ModelfileProblems(client.publish)
        self.reloader = Reloader(self.jobs, self._loaded, self._personas_in_use)
        self.offers = ModelOffers(client, engines)
        self.explanations = Explanations()
        self._cache = ReviewCache(settings.cache.reviews)
        self._settings_problems = ProblemsTold()
        # By URI: why a document is never sent to a model (None if it may be sent). Cleared after each save.
        self._refusals: dict[str, str | None] = {}
        # By URI: whose opinions the user has asked for, so that they are shown whatever `review.show` says.
        self.asked: set[str] = set()
        self._applied = AppliedFixes()

    @property
    def settings(self) -> Settings:
        """The first folder's settings, which apply to the engine and the process. Use `config_of` for a document."""
        return self.config.home.settings

    @property
    def status(self) -> Status:
        return self.reporter.status

    def config_of(self, path: str) -> FolderConfig:
        """The settings and personas for the document at this path."""
        return self.config.of(path)

    @cached_property
    def reviews(self) -> runner.ReviewRunner:
        asked = self.client, self.config_of, self.findings, self.jobs, self.engines, self.reporter, self.fallback
        told = self._run_changed, self.offers.missing, lambda: self.__dict__.get("indexes")
        return runner.ReviewRunner(*asked, self._cache, *told)

    @cached_property
    def reasons(self) -> review_reason.Reasons:
        return review_reason.Reasons()

    # These two are asked for by code that finds them in `__dict__`: their modules wait for a check, or an index.
    @cached_property
    def checks(self) -> check_runner.CheckRunner:
        return check_runner.CheckRunner(self.client, self.jobs, self.reporter, lambda: self.reviews, self.documents)

    @cached_property
    def completer(self) -> completer.Completer:
        most = self.settings.cache.completions
        asked = self.engines, self.jobs, self.fallback, self.reporter
        return completer.Completer(*asked, self.documents.version_of, most)

    @cached_property
    def indexes(self) -> context_indexes.Indexes:
        return context_indexes.Indexes(self.jobs, lambda state: self.reporter.change(index=state), self.engines)

    # -- documents

    def opened(self, document: Document) -> None:
        self.documents.open(document)
        self.findings.open(document.uri)
        if not self.documents.is_read(document.uri):
            # If the document was open before, it isn't known which lines differ.
            self._edited(document.uri, [LineEdit(0, ALL_LINES, 0)])
        if document.kind == "modelfile":
            self.modelfiles.edited(document)
        elif self.config_of(document.path).settings.review.on_open:
            self.review(document.uri, "open")

    def edited(self, document: Document, edits: Sequence[LineEdit]) -> None:
        """Lines of an open document were edited."""
        if document.kind == "modelfile":
            self.modelfiles.edited(document)
        self._edited(document.uri, edits)
        if "checks" in self.__dict__:
            self.checks.edited(document.uri, edits)

    def _edited(self, uri: str, edits: Sequence[LineEdit]) -> None:
        if self.findings.watched(uri) and self.findings.edit(uri, edits):
            self.client.publish(uri)

    def saved(self, uri: str) -> None:
        # The saved file may be .postilignore.
        self._refusals.clear()
        saved = self.documents.notebooks.get(uri) or self.documents.opened(uri)
        if "indexes" in self.__dict__:
            self.indexes.changed(path_of(uri))
        if saved is None:
            self.reloader.file_changed(path_of(uri))
            return
        if isinstance(saved, Document) and saved.kind != "code":
            self.reloader.file_changed(saved.path)
        config = self.config_of(saved.path)
        if config.settings.review.on_save:
            self.review(uri, "save")
        if any(check.on_save for check in config.settings.checks.values()):
            self.checks.saved(config, Path(saved.path))

    def closed(self, uri: str) -> None:
        """The document's notes are dropped, unless it was also reviewed without being open."""
        self.documents.close(uri)
        if not self.documents.is_read(uri):
            self._drop(uri)
        self.modelfiles.closed(uri)
        self._refusals.pop(uri, None)

    def _drop(self, uri: str) -> None:
        self.asked.discard(uri)
        self.cancel(uri)
        self.findings.close(uri)
        self.client.publish(uri)

    def refusal(self, document: Document) -> str | None:
        """Why this document is never sent to a model; None if it may be sent. Cached, as each keystroke needs it."""
        uri = document.uri
        if uri not in self._refusals:
            self._refusals[uri] = files.document_refusal(document, self.config_of)
        return self._refusals[uri] or document.prose

    # -- reviews

    def review(
        self, uri: str, cause: Cause, spans: tuple[Span, ...] | None = None, only: Collection[str] | None = None
    ) -> str | None:
        """Start a review of a document that is known here, or of a notebook's cells. `spans` and `only` limit it to the
        units that touch these lines and to these personas. Returns the reason if no review is started."""
        if (notebook := self.documents.notebooks.get(uri)) is not None:
            return self._review_cells(notebook, cause, only)
        document = self.documents.get(uri)
        if document is None:
            return f"{uri} is not open"
        if document.kind == "modelfile":
            return "Modelfiles are checked, not reviewed"
        config = self.config_of(document.path)
        refused = files.document_refusal(document, self.config_of, config.settings.review.exclude) or document.prose
        if refused is not None:
            return f"{document.path} is not reviewed: {refused}"
        readers = config.readers(document.path, document.language, cause, only)
        if cause == "manual":
            self.asked.add(uri)
        show = "all" if uri in self.asked else config.settings.review.show
        if show == "verified":
            # No opinion would be shown, so that nobody is asked for one.
            return "opinions aren't shown unasked (review.show)"
        return self.reviews.start(document, readers, spans, show=show)

    def _review_cells(self, notebook: Notebook, cause: Cause, only: Collection[str] | None) -> str | None:
        reasons = [self.review(cell.uri, cause, only=only) for cell in self.documents.code_of(notebook)]
        return next(iter(reasons), f"{notebook.path} has no code") if all(reasons) else None

    def verify_fix(self, uri: str, persona: str, lines: Span) -> None:
        """Let a persona review the lines that its own fix has inserted."""
        if self.review(uri, "manual", (lines,), only=(persona,)) is None:
            self._applied.read_again(uri, persona, lines)

    def cancel(self, uri: str | None = None) -> None:
        """Stop the review of a document, or all reviews. Existing notes stay."""
        if "reviews" in self.__dict__:
            self.reviews.cancel(uri)
        if uri is None and "checks" in self.__dict__:
            self.checks.cancel()

    def clear(self, uri: str) -> None:
        self.findings.clear(uri)
        if "checks" in self.__dict__:
            self.checks.clear(uri)
        self.client.publish(uri)

    def notes(self, document: Document) -> list[Placed]:
        """The notes on a document that aren't dismissed, in the order of its lines."""
        placed = self.findings.of(document.uri)
        if not placed:
            return []
        config = self.config_of(document.path)
        path = path_in(config.workspace, Path(document.path))
        hidden = dismissed.Dismissed(document.text, path, document.language, config.baseline)
        return [one for one in placed if not hidden.hides(one.finding, one.unit, one.span)]

    def _run_changed(self, run: Run, state: RunState) -> None:
        self.client.progress(run, state)
        if state == "ended":
            document = self.documents.opened(run.uri)
            left = self._applied.left(run, self.findings, self.notes(document) if document is not None else [])
            if left:
                self.client.message(left, error=False)
            self._forget_read()

    def _forget_read(self) -> None:
        """Keep at most `cache.files` of the files that were read without being open, and all of them with notes."""
        runs, most = self.reviews.runs, self.settings.cache.files
        for uri in self.documents.forget_oldest(most, lambda uri: uri in runs or bool(self.findings.of(uri))):
            self.asked.discard(uri)
            self.findings.close(uri)

    # -- the engine's models

    async def model_installed(self, model: str = "") -> None:
        """The engine has a new model: choose the engine again and repeat the reviews."""
        self.offers.withdraw(model)
        await self.engines.drop()
        self.reporter.forget()
        self.review_again()

    def review_again(self) -> None:
        """Repeat all reviews: there is another model, or what its opinions are worth has changed."""
        for uri in self.findings.uris():
            if self.findings.watched(uri):
                self.review(uri, "reload", only=self.findings.readers(uri))

    # -- settings and personas

    def client_changed(self, client: ClientConfig) -> None:
        """The client has sent new folders or settings."""
        before, after = self.reloader.client.folders, client.folders
        self.reloader.client_changed(client)
        for document in self.documents.read():
            # A file that isn't open is dropped with its folder.
            if innermost(before, document.path) is not None and innermost(after, document.path) is None:
                self.documents.forget(document.uri)
                if self.documents.opened(document.uri) is None:
                    self._drop(document.uri)

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a review persona on or off until the server ends. This overrides the settings."""
        self._use(self.config.each_as(lambda config: replace(config, switched={**config.switched, name: on})))

    def dismissed(self, folder: Path, baseline: Baseline) -> None:
        """A folder's baseline has changed: update the shown notes. Nothing is reviewed again."""
        config = self.config.at(folder)
        if config is not None:
            new = replace(config, baseline=baseline)
            self._use(self.config.each_as(lambda one: new if one is config else one))

    def _personas_in_use(self) -> dict[Path | None, PersonaSet]:
        return {config.workspace: config.personas for config in self.config}

    def _loaded(self, loaded: LoadedConfig) -> None:
        """Use settings and personas that were just read."""
        log.info("personas and settings read: %d personas", len(loaded.configs[0].personas.personas))
        self._refusals.clear()
        logs.set_up(loaded.configs[0].settings.log_level)
        self.adopt(*loaded.configs)
        self.modelfiles.on_disk(loaded.broken)
        for problem in loaded.baseline_problems:
            self.reporter.message_once(problem)
        if news := self._settings_problems.news(loaded.problems):
            self.client.message(news)

    def adopt(self, *configs: FolderConfig) -> None:
        """Use another configuration. Only documents whose notes it may change are reviewed again. Personas that the
        user has turned on or off stay so."""
        switched = self.config.home.switched
        self._use(WorkspaceConfig(tuple(replace(config, switched=switched) for config in configs)))

    def _use(self, config: WorkspaceConfig) -> None:
        """Use another configuration, and update the notes of documents that were reviewed before."""
        old, self.config = self.config, config
        if old.home.models != config.home.models:
            overrides.use_known(config.home.models)
        if [one.settings for one in old] != [one.settings for one in config]:
            self.jobs.limit = config.home.settings.units_at_once
            self._cache.resize(config.home.settings.cache.reviews)
            self.reporter.forget()
        if "completer" in self.__dict__ and old.of_completions() != config.of_completions():
            self.completer.clear(config.home.settings.cache.completions)
        for uri in self.findings.uris():
            if not self.findings.watched(uri):
                continue
            path = self.documents.path_of(uri)
            was, now = old.of(path), config.of(path)
            if was.baseline != now.baseline:
                self.client.publish(uri)
            changes = review_changes(was, now, self.findings.readers(uri))
            for name in changes.gone:
                self.reviews.forget(uri, name)
            if changes.again:
                self.review(uri, "reload", only=changes.again)
        if "checks" in self.__dict__:
            self.checks.keep(config)
        if "indexes" in self.__dict__ or any(one.settings.index.enabled for one in config):
            self.indexes.use(config)
        self.reporter.change(personas=config.enabled())

    # -- completions

    async def complete(self, place: cursor.Cursor) -> completer.Completed:
        """The completions at the cursor. A newer call ends an older one at once."""
        try:
            config = self.config_of(self.documents.path_of(place.uri)).completion()
        except EngineRefused as error:
            self.reporter.change(completion=str(error))
            return completer.Completed(why=str(error))
        try:
            completed = await self.completer.complete(config, place, self.__dict__.get("indexes"))
        except Exception as error:
            log.exception("a completion failed")
            completed = completer.Completed(why=self.reporter.unexpected(error))
            self.reporter.change(completion=completed.why)
        if completed.missing is not None:
            self.offers.missing(completed.missing)
        return completed

    # -- start and end

    def start(self, client: ClientConfig, *, client_watches: bool) -> None:
        """Read settings and personas, and watch them for changes."""
        self.client_changed(client)
        self.reporter.change(state="ready", personas=self.config.enabled())
        self.jobs.spawn(lambda: self.reloader.watch(client_watches=client_watches))

    def stop_watching(self) -> None:
        self.reloader.close()
        if "indexes" in self.__dict__:
            self.indexes.close()

    async def aclose(self) -> None:
        self.stop_watching()
        await self.jobs.aclose()
        await self.engines.drop()


def new(client: Client, engines: EngineHolder | None, client_config: ClientConfig) -> Session:
    """A session whose settings and personas haven't been read yet."""
    made = Session(client, Settings(), PersonaSet({}), engines or EngineHolder(), client_config.folders)
    made.reloader.client = client_config
    return made
