"""The one mutable object: documents, settings, personas, engine, jobs, findings, and what runs over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.suppression.baseline import Baseline
from postil.core.text.uri import path_of
from postil.engine.base import Engine, EngineError, EngineRefused, EngineUnavailable, ModelMissing, OutOfMemory
from postil.service.config.folder import FolderConfig
from postil.service.config.workspace import WorkspaceConfig, review_changes
from postil.service.engines import EngineHolder
from postil.service.jobs import Jobs
from postil.service.personas.load import PersonaSet
from postil.service.review.fallback import Fallback, swapped
from postil.service.review.findings import FindingsStore, LineEdit, Placed
from postil.service.review.runner import Client, Reviews
from postil.service.status import Status, StatusReporter
from postil.settings import Settings

if TYPE_CHECKING:
    from postil.service.completion.completer import Completer
    from postil.service.engines import CompletionContext

# Pages of text: of what is on the screen, and what was.
MOST_EXPLAINED = 50


class Session:
    """Written only by synchronous code on the event loop; what awaits works on snapshots."""

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
        self.findings = FindingsStore()
        self.jobs = Jobs(settings.units_at_once)
        self.reporter = StatusReporter(client.status_changed, client.tell)
        self.fallback = Fallback()
        self.reviews = Reviews(client, self.config_of, self.findings, self.jobs, engines, self.reporter, self.fallback)
        self.reviews.cache.resize(settings.cache.reviews)
        self._completer: Completer | None = None
        # What was explained of a piece of code, by language and text; the oldest first.
        self.explained: dict[tuple[str, str], str] = {}

    @property
    def settings(self) -> Settings:
        """Those of the first folder: of the engine and the process. A document's own are its config's."""
        return self.config.home.settings

    def config_of(self, path: str) -> FolderConfig:
        """Who reads the document at this path, and by which settings."""
        return self.config.of(path)

    @property
    def status(self) -> Status:
        return self.reporter.status

    # -- documents

    def opened(self, uri: str) -> None:
        self.findings.open(uri)

    def edited(self, uri: str, edits: Sequence[LineEdit]) -> None:
        if self.findings.edit(uri, edits):
            self.client.findings_changed(uri)

    def closed(self, uri: str) -> None:
        self.cancel(uri)
        self.findings.close(uri)
        self.client.findings_changed(uri)

    # -- reviews

    def cancel(self, uri: str | None = None) -> None:
        """Stop the review of a document, or all of them; what was found stays."""
        self.reviews.cancel(uri)

    def clear(self, uri: str) -> None:
        self.findings.clear(uri)
        self.client.findings_changed(uri)

    def shown(self, uri: str, text: str, path: str, language: str) -> list[Placed]:
        """The notes on a document of this text that nobody has dismissed, in its order."""
        placed = self.findings.of(uri)
        if not placed:
            return []
        from postil.core.suppression.dismissed import Dismissed
        from postil.service.review.baseline import path_in

        config = self.config_of(path)
        judged = Dismissed(text, path_in(config.workspace, Path(path)), language, config.baseline)
        return [one for one in placed if not judged.hides(one.finding, one.unit, one.span)]

    def judged(self, folder: Path, baseline: Baseline) -> None:
        """Other notes of a folder are dismissed now: what is shown follows at once, what was read stays read."""
        config = self.config.at(folder)
        if config is not None:
            new = replace(config, baseline=baseline)
            self._put(self.config.each_as(lambda one: new if one is config else one))

    # -- who reads

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a review persona on or off until the server ends, whatever the settings say."""
        self._put(self.config.each_as(lambda config: replace(config, switched={**config.switched, name: on})))

    def adopt(self, *configs: FolderConfig) -> None:
        """Other folders, settings, personas, dismissals: what decides about notes and has changed is asked anew, the
        rest stays. What the user has switched stays switched."""
        switched = self.config.home.switched
        self._put(WorkspaceConfig(tuple(replace(config, switched=switched) for config in configs)))

    def _put(self, configs: WorkspaceConfig) -> None:
        """What is shown of the documents that were read follows. What nobody asked to be read stays unread."""
        old, self.config = self.config, configs
        if [config.settings for config in old] != [config.settings for config in configs]:
            self.jobs.limit = configs.home.settings.units_at_once
            self.reviews.cache.resize(configs.home.settings.cache.reviews)
            self.reporter.forget()
        if self._completer is not None and _completing(old) != _completing(configs):
            self._completer.clear(configs.home.settings.cache.completions)
        for uri in self.findings.uris():
            if not self.findings.watched(uri):
                continue
            was, now = old.of(path_of(uri)), configs.of(path_of(uri))
            if was.baseline != now.baseline:
                self.client.findings_changed(uri)
            changes = review_changes(was, now, self.findings.readers(uri))
            for name in changes.gone:
                self.reviews.forget(uri, name)
            if changes.again:
                self.client.review_again(uri, changes.again)
        self.reporter.change(personas=configs.enabled())

    async def model_came(self) -> None:
        """The engine holds another model: it is chosen anew, and what could not be read is read."""
        await self.engines.drop()
        self.reporter.forget()
        for uri in self.findings.uris():
            if self.findings.watched(uri):
                self.client.review_again(uri, self.findings.readers(uri))

    # -- completions

    def completer(self) -> Completer:
        """What answers inline completions, made at the first one."""
        from postil.service.completion.completer import Completer

        if self._completer is None:
            told, failed, most = self._completion_told, self._completion_failed, self.settings.cache.completions
            self._completer = Completer(self._completion_context, self.jobs, told, failed, most)
        return self._completer

    async def _completion_context(self, uri: str) -> CompletionContext:
        config = self.config_of(path_of(uri))
        settings, personas = config.settings, config.personas.personas
        name = settings.completion.persona
        persona = personas.get(name)
        if persona is None or persona.role != "complete":
            raise EngineRefused(f"There is no completer persona called {name!r} (completion.persona).")
        reviewers = (personas.get(name) for name in config.enabled())
        reviewer = next(filter(None, reviewers), None)
        context = await self.engines.completion(settings, persona, reviewer, self.fallback.model)
        self.reporter.change(engine=self.engines.name, model=self.status.model or context.model)
        return context

    def _completion_failed(self, error: EngineError, engine: Engine | None) -> None:
        if isinstance(error, EngineUnavailable) and engine is not None:
            # The next need chooses an engine anew.
            self.jobs.spawn(lambda: self.engines.failed(engine))
        elif isinstance(error, OutOfMemory) and error.model and self.engines.facts is not None:
            smaller = self.fallback.remember(self.engines.facts, error.model, "complete")
            self.reporter.tell_once(swapped(error.model, smaller) if smaller else str(error))
        elif isinstance(error, ModelMissing) and error.model and self.reporter.failed(error):
            self.client.model_missing(error, self.engines.name)

    def _completion_told(self, why: str) -> None:
        self.reporter.change(completion=why)

    # -- actions

    def explain(self, language: str, code: str, said: str) -> None:
        """Keep what an action says of a piece of code; the oldest goes."""
        self.explained.pop((language, code), None)
        self.explained[language, code] = said
        if len(self.explained) > MOST_EXPLAINED:
            del self.explained[next(iter(self.explained))]

    # -- the end

    def ready(self) -> None:
        self.reporter.change(state="ready", personas=self.config.enabled())

    async def aclose(self) -> None:
        await self.jobs.aclose()
        await self.engines.drop()


def _completing(configs: WorkspaceConfig) -> list[tuple[object, ...]]:
    """What a completion depends on: another one makes known answers worthless."""
    return [(config.workspace, config.settings, config.personas.personas) for config in configs]
