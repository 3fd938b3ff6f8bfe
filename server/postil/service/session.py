"""The one mutable object: documents, settings, personas, engine, jobs, findings, and what runs over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.baseline import Baseline
from postil.engine.base import Engine, EngineError, EngineRefused, EngineUnavailable, ModelMissing, OutOfMemory
from postil.service.cast import Cast, Recast
from postil.service.engines import EngineHolder
from postil.service.fallback import Fallback, swapped
from postil.service.findings_store import FindingsStore, LineEdit, Placed
from postil.service.jobs import Jobs
from postil.service.personas import PersonaSet
from postil.service.reviews import Door, Reviews
from postil.service.status import Board, Status
from postil.settings import Settings

if TYPE_CHECKING:
    from postil.service.complete import Completer
    from postil.service.engines import CompletionContext

# Pages of text: of what is on the screen, and what was.
MOST_EXPLAINED = 50


class Session:
    """Written only by synchronous code on the event loop; what awaits works on snapshots."""

    def __init__(
        self,
        door: Door,
        settings: Settings,
        personas: PersonaSet,
        engines: EngineHolder,
        workspace: Path | None = None,
    ) -> None:
        self.door = door
        self.cast = Cast(settings, personas, workspace)
        self.engines = engines
        self.findings = FindingsStore()
        self.jobs = Jobs(settings.jobs)
        self.board = Board(door.status_changed, door.tell)
        self.fallback = Fallback()
        self.reviews = Reviews(door, self.cast, self.findings, self.jobs, engines, self.board, self.fallback)
        self._completer: Completer | None = None
        # What was explained of a piece of code, by language and text; the oldest first.
        self.explained: dict[tuple[str, str], str] = {}

    @property
    def settings(self) -> Settings:
        return self.cast.settings

    @property
    def personas(self) -> PersonaSet:
        return self.cast.personas

    @property
    def status(self) -> Status:
        return self.board.status

    # -- documents

    def opened(self, uri: str) -> None:
        self.findings.open(uri)

    def edited(self, uri: str, edits: Sequence[LineEdit]) -> None:
        if self.findings.edit(uri, edits):
            self.door.findings_changed(uri)

    def closed(self, uri: str) -> None:
        self.cancel(uri)
        self.findings.close(uri)
        self.door.findings_changed(uri)

    # -- reviews

    def cancel(self, uri: str | None = None) -> None:
        """Stop the review of a document, or all of them; what was found stays."""
        self.reviews.cancel(uri)

    def clear(self, uri: str) -> None:
        self.findings.clear(uri)
        self.door.findings_changed(uri)

    def shown(self, uri: str, text: str, path: str, language: str) -> list[Placed]:
        """The notes on a document of this text that nobody has dismissed, in its order."""
        placed = self.findings.of(uri)
        if not placed:
            return []
        from postil.core.dismissed import Dismissed
        from postil.service.baseline import path_in

        judged = Dismissed(text, path_in(self.cast.workspace, Path(path)), language, self.cast.baseline)
        return [one for one in placed if not judged.hides(one.finding, one.unit, one.span)]

    def judged(self, baseline: Baseline) -> None:
        """Other notes are dismissed now: what is shown follows at once, what was read stays read."""
        if baseline == self.cast.baseline:
            return
        self.cast.baseline = baseline
        for uri in self.findings.uris():
            if self.findings.watched(uri):
                self.door.findings_changed(uri)

    # -- who reads

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a review persona on or off until the server ends, whatever the settings say."""
        before = self.cast.enabled()
        self.cast.switched[name] = on
        self._read_anew(before, Recast())

    def adopt(self, settings: Settings, personas: PersonaSet) -> None:
        """Other settings, other personas: what decides about notes and has changed is asked anew, the rest stays."""
        before, old = self.cast.enabled(), self.cast.settings
        if settings == old and personas.personas == self.personas.personas:
            self.cast.personas = personas
            return
        self.cast.settings = settings
        recast = self.cast.swap(personas)
        if settings != old:
            self.jobs.limit = settings.jobs
            self.board.forget()
        if self._completer is not None:
            self._completer.clear()
        self._read_anew(before, recast, everything=_deciding(settings) != _deciding(old))

    def _read_anew(self, before: Iterable[str], recast: Recast, *, everything: bool = False) -> None:
        """Of the documents that were read. What nobody asked to be read stays unread."""
        now = frozenset(self.cast.enabled())
        for uri in self.findings.uris():
            if not self.findings.watched(uri):
                continue
            readers = self.findings.readers(uri)
            again = (readers if everything else readers & recast.changed) | recast.came | (now - frozenset(before))
            gone = {name for name in readers if name not in now or everything}
            gone |= {name for name in readers & recast.changed if name not in self.personas.personas}
            for name in gone:
                self.reviews.forget(uri, name)
            if again & now:
                self.door.review_again(uri, again & now)
        self.board.change(personas=self.cast.enabled())

    async def model_came(self) -> None:
        """The engine holds another model: it is chosen anew, and what could not be read is read."""
        await self.engines.drop()
        self.board.forget()
        for uri in self.findings.uris():
            if self.findings.watched(uri):
                self.door.review_again(uri, self.findings.readers(uri))

    # -- completions

    def completer(self) -> Completer:
        """What answers inline completions, made at the first one."""
        from postil.service.complete import Completer

        if self._completer is None:
            told = self._completion_told
            self._completer = Completer(self._completion_context, self.jobs, told, self._completion_failed)
        return self._completer

    async def _completion_context(self) -> CompletionContext:
        settings = self.settings
        name = settings.completion.persona
        persona = self.personas.personas.get(name)
        if persona is None or persona.role != "complete":
            raise EngineRefused(f"There is no completer persona called {name!r} (completion.persona).")
        reviewers = (self.personas.personas.get(name) for name in self.cast.enabled())
        reviewer = next(filter(None, reviewers), None)
        context = await self.engines.completion(settings, persona, reviewer, self.fallback.model)
        self.board.change(engine=self.engines.name, model=self.status.model or context.model)
        return context

    def _completion_failed(self, error: EngineError, engine: Engine | None) -> None:
        if isinstance(error, EngineUnavailable) and engine is not None:
            # The next need chooses an engine anew.
            self.jobs.spawn(lambda: self.engines.failed(engine))
        elif isinstance(error, OutOfMemory) and error.model and self.engines.facts is not None:
            smaller = self.fallback.remember(self.engines.facts, error.model, "complete")
            self.board.tell_once(swapped(error.model, smaller) if smaller else str(error))
        elif isinstance(error, ModelMissing) and error.model and self.board.failed(error):
            self.door.model_missing(error, self.engines.name)

    def _completion_told(self, why: str) -> None:
        self.board.change(completion=why)

    # -- actions

    def explain(self, language: str, code: str, said: str) -> None:
        """Keep what an action says of a piece of code; the oldest goes."""
        self.explained.pop((language, code), None)
        self.explained[language, code] = said
        if len(self.explained) > MOST_EXPLAINED:
            del self.explained[next(iter(self.explained))]

    # -- the end

    def ready(self) -> None:
        self.board.change(state="ready", personas=self.cast.enabled())

    async def aclose(self) -> None:
        await self.jobs.aclose()
        await self.engines.drop()


def _deciding(settings: Settings) -> tuple[object, ...]:
    """The settings that decide what a review finds."""
    review = settings.review
    asked = (settings.engine, settings.num_ctx, settings.model.review)
    return (*asked, review.method, review.min_score, review.hints, review.max_units)
