"""The one mutable object: documents, settings, personas, engine, jobs, findings, and what runs over them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Protocol

from postil.core.finding import Span
from postil.core.persona import Persona
from postil.core.units import Unit
from postil.engine.base import EngineError, EngineRefused, EngineUnavailable
from postil.service.cache import ReviewCache
from postil.service.engines import EngineHolder
from postil.service.events import FindingFound, FindingUpdated, UnitFailed, UnitFinished
from postil.service.findings_store import FindingsStore, LineEdit
from postil.service.jobs import Jobs
from postil.service.personas import PersonaSet
from postil.service.run import Run
from postil.service.snapshot import Snapshot
from postil.service.status import Status
from postil.settings import Settings

if TYPE_CHECKING:
    from postil.service.complete import Completer
    from postil.service.engines import CompletionContext
    from postil.service.review import ReviewContext

log = logging.getLogger(__name__)

Cause = Literal["save", "open", "manual"]
# Generated or vendored, and minutes of a model's time.
MAX_DOCUMENT = 1_000_000


def plan(text: str, language: str, lines: Sequence[Span] | None) -> list[Unit]:
    """`service.review.plan`. What a review needs is imported by the first one, on its thread: a server that waits
    for a save does without (`python -m bench --only memory`)."""
    from postil.service import review

    return review.plan(text, language, lines)


class Door(Protocol):
    """What a session tells the outside; calls only start work and never wait."""

    def findings_changed(self, uri: str) -> None: ...

    def run_began(self, run: Run) -> None: ...

    def run_moved(self, run: Run) -> None: ...

    def run_ended(self, run: Run) -> None: ...

    def status_changed(self, status: Status) -> None: ...

    def tell(self, message: str, *, error: bool = True) -> None: ...


class Session:
    """Written only by synchronous code on the event loop; what awaits works on snapshots."""

    def __init__(self, door: Door, settings: Settings, personas: PersonaSet, engines: EngineHolder) -> None:
        self.door = door
        self.settings = settings
        self.personas = personas
        self.engines = engines
        self.findings = FindingsStore()
        self.cache = ReviewCache()
        self.jobs = Jobs(settings.jobs)
        self.status = Status()
        self._runs: dict[str, Run] = {}
        self._told: set[str] = set()
        self._completer: Completer | None = None

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

    def review(
        self,
        uri: str,
        path: str,
        language: str,
        text: str,
        version: int | None,
        cause: Cause,
        lines: Span | None = None,
    ) -> str | None:
        """Start a review of the document as it is; the reason when there is none to start."""
        personas = [persona for persona in self._personas(cause) if persona.speaks(language)]
        if not personas:
            return "no review persona is on for this language: see review.personas"
        if len(text) > MAX_DOCUMENT:
            return f"{path} is larger than {MAX_DOCUMENT:,} characters and is not reviewed"
        self.findings.open(uri)
        generation, mark = self.findings.begin(uri)
        spans = (lines,) if lines is not None else None
        snapshot = Snapshot(uri, path, language, text, version, generation, mark, spans)
        run = self._runs.get(uri)
        if run is None:
            run = self._runs[uri] = Run(uri, path)
            self.door.run_began(run)
        # What still runs may end before this plan is made; the run goes on.
        run.planned = False
        self.jobs.spawn(lambda: self._planned(run, snapshot, personas))
        return None

    def _personas(self, cause: Cause) -> list[Persona]:
        chosen = []
        for name in self.settings.review.personas:
            persona = self.personas.personas.get(name)
            if persona is None:
                self.tell_once(f"There is no persona called {name!r} (review.personas).")
            elif persona.role == "review" and (cause == "manual" or cause in persona.triggers):
                chosen.append(persona)
        return chosen

    async def _planned(self, run: Run, snapshot: Snapshot, personas: Sequence[Persona]) -> None:
        try:
            await self._plan(run, snapshot, personas)
        except Exception:
            # A plan that fails must not leave a run that never ends; the job's log has the traceback.
            self.cancel(run.uri)
            raise

    async def _plan(self, run: Run, snapshot: Snapshot, personas: Sequence[Persona]) -> None:
        # Parsing a large file takes tens of milliseconds: not on the loop that echoes the user's keys.
        units = await asyncio.to_thread(plan, snapshot.text, snapshot.language, snapshot.lines)
        most = self.settings.review.max_units
        if len(units) > most:
            run.notes.append(f"only the first {most} of {len(units)} units were read (review.max_units)")
            units = units[:most]
        if self._runs.get(run.uri) is not run or self.findings.generation(run.uri) != snapshot.generation:
            return
        wanted = set()
        for persona in personas:
            self.findings.replan(run.uri, snapshot.generation, persona.name, units, snapshot.lines)
            wanted |= {(persona.name, unit.digest) for unit in units}
        self.door.findings_changed(run.uri)
        if snapshot.lines is not None:
            # A review of some lines leaves what runs on the others alone.
            wanted |= run.pending
        run.planned, run.pending, run.total = True, wanted, len(wanted)
        self.jobs.cancel(lambda key: key[0] == run.uri and key[1:] not in wanted)
        for persona in personas:
            for unit in {unit.digest: unit for unit in units}.values():
                self._start(run, persona, unit)
        self._progress(run)

    def _start(self, run: Run, persona: Persona, unit: Unit) -> None:
        self.jobs.start(
            (run.uri, persona.name, unit.digest),
            lambda: self._review_unit(run, persona, unit),
            lambda cancelled: self._unit_over(run, persona, unit),
        )

    def _unit_over(self, run: Run, persona: Persona, unit: Unit) -> None:
        if (run.uri, persona.name, unit.digest) not in self.jobs:
            run.pending.discard((persona.name, unit.digest))
        self._progress(run)

    def _progress(self, run: Run) -> None:
        if self._runs.get(run.uri) is not run:
            return
        if run.planned and not run.pending:
            del self._runs[run.uri]
            self.door.findings_changed(run.uri)
            self.door.run_ended(run)
            for note in run.notes:
                self.tell_once(f"{run.path}: {note}", error=False)
            self._settle()
        else:
            self.door.run_moved(run)

    async def _review_unit(self, run: Run, persona: Persona, unit: Unit) -> None:
        try:
            context = await self._context(persona)
            from postil.service.review import review_units

            run.current = unit.name
            self._progress(run)
            async with aclosing(review_units(context, run.path, [unit])) as events:
                async for event in events:
                    if isinstance(event, FindingFound | FindingUpdated):
                        if self.findings.accept(run.uri, persona.name, event.finding):
                            self.door.findings_changed(run.uri)
                    elif isinstance(event, UnitFinished):
                        self._finished(run, persona, event)
                    elif isinstance(event, UnitFailed):
                        run.failed += 1
                        self._set(replace(self.status, message=event.message))
        except EngineError as error:
            self._engine_failed(run.uri, error)

    def _finished(self, run: Run, persona: Persona, event: UnitFinished) -> None:
        for finding in event.findings:
            if self.findings.accept(run.uri, persona.name, finding):
                self.door.findings_changed(run.uri)
        run.usage += event.usage
        run.cached += event.cached
        run.dropped.update(dict(event.dropped))
        run.notes += [note for note in event.notes if note not in run.notes]

    async def _context(self, persona: Persona) -> ReviewContext:
        settings = self.settings
        self._set(replace(self.status, state="busy", busy=True))
        context = await self.engines.context(settings, persona, self.cache)
        self._set(replace(self.status, state="busy", engine=self.engines.name, model=context.model, message=""))
        return context

    def _engine_failed(self, uri: str, error: EngineError) -> None:
        self._set(replace(self.status, state="error", busy=False, engine=self.engines.name, message=str(error)))
        self.tell_once(str(error))
        log.warning("%s", error)
        if isinstance(error, EngineUnavailable):
            self._away()
        # This cancels the calling task too: nothing may be awaited after it.
        self.jobs.cancel(lambda key: key[0] == uri)

    def cancel(self, uri: str | None = None) -> None:
        """Stop the review of a document, or all of them; what was found stays."""
        for run in [run for run in self._runs.values() if uri in (None, run.uri)]:
            run.planned = True
            del self._runs[run.uri]
            self.jobs.cancel(lambda key, run=run: key[0] == run.uri)
            self.door.findings_changed(run.uri)
            self.door.run_ended(run)
        self._settle()

    def clear(self, uri: str) -> None:
        self.findings.clear(uri)
        self.door.findings_changed(uri)

    # -- completions

    def completer(self) -> Completer:
        """What answers inline completions, made at the first one."""
        from postil.service.complete import Completer

        if self._completer is None:
            self._completer = Completer(self._completion_context, self.jobs, self._completion_told, self._away)
        return self._completer

    async def _completion_context(self) -> CompletionContext:
        name = self.settings.completion.persona
        persona = self.personas.personas.get(name)
        if persona is None or persona.role != "complete":
            raise EngineRefused(f"There is no completer persona called {name!r} (completion.persona).")
        reviewers = (self.personas.personas.get(name) for name in self.settings.review.personas)
        context = await self.engines.completion(self.settings, persona, next(filter(None, reviewers), None))
        self._set(replace(self.status, engine=self.engines.name, model=self.status.model or context.model))
        return context

    def _away(self) -> None:
        """The next need chooses an engine anew."""
        self.jobs.spawn(self.engines.drop)

    def _completion_told(self, why: str) -> None:
        self._set(replace(self.status, completion=why))

    # -- settings and state

    def configure(self, settings: Settings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        self.jobs.limit = settings.jobs
        self._told.clear()
        if self._completer is not None:
            self._completer.clear()

    def tell_once(self, message: str, *, error: bool = True) -> None:
        if message not in self._told:
            self._told.add(message)
            self.door.tell(message, error=error)

    def _settle(self) -> None:
        if not self._runs and self.status.state == "busy":
            self._told.clear()
            self._set(replace(self.status, state="ready", busy=False))

    def _set(self, status: Status) -> None:
        if status != self.status:
            self.status = status
            self.door.status_changed(status)

    def ready(self) -> None:
        self._set(replace(self.status, state="ready"))

    async def aclose(self) -> None:
        await self.jobs.aclose()
        await self.engines.drop()
