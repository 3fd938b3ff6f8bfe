"""Runs the reviews of a session: plans a document's units in a thread, then reviews each unit as a job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from postil.core.context.values import Definition, DefinitionKind
from postil.core.persona.persona import Persona
from postil.core.review.finding import Span
from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.core.text.changed import changed_rows
from postil.engine.base import Engine, EngineError, EngineUnavailable, ModelMissing
from postil.service.calibrate.store import calibrated
from postil.service.client import Client, RunState
from postil.service.config.workspace import FolderConfig, Readers
from postil.service.context import indexes as context_indexes
from postil.service.documents import Document
from postil.service.engines import EngineHolder
from postil.service.failures import unexpected
from postil.service.jobs import Jobs
from postil.service.review import definitions as unit_definitions
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.document_run import Run
from postil.service.review.events import FindingFound, FindingUpdated, UnitFailed, UnitFinished
from postil.service.review.fallback import Fallback
from postil.service.review.findings import FindingsStore
from postil.service.review.snapshot import Snapshot
from postil.service.review.units import review_unit
from postil.service.status import StatusReporter
from postil.service.workspace.head import head_text
from postil.settings import Settings, Show

log = logging.getLogger(__name__)

# Larger files are usually generated or vendored, and would take the model minutes.
MAX_DOCUMENT = 1_000_000
# Different reasons why units were not reviewed that one sentence holds.
MOST_REASONS = 2


class ReviewRunner:
    """At most one run per document: a new request joins the running one. `progress` is called for each step of a run,
    `missing` for a model that isn't installed, `indexes` gives those of the workspace where it has some."""

    def __init__(
        self,
        client: Client,
        config_of: Callable[[str], FolderConfig],
        findings: FindingsStore,
        jobs: Jobs,
        engines: EngineHolder,
        reporter: StatusReporter,
        fallback: Fallback,
        cache: ReviewCache,
        progress: Callable[[Run, RunState], None],
        missing: Callable[[ModelMissing], None],
        indexes: Callable[[], context_indexes.Indexes | None],
    ) -> None:
        self.runs: dict[str, Run] = {}
        self._client = client
        self._config_of = config_of
        self._findings = findings
        self._jobs = jobs
        self._engines = engines
        self._reporter = reporter
        self._fallback = fallback
        self._cache = cache
        self._progress = progress
        self._missing = missing
        self._indexes = indexes

    def start(
        self,
        document: Document,
        readers: Readers,
        spans: tuple[Span, ...] | None = None,
        *,
        quiet: bool = False,
        show: Show = "all",
    ) -> str | None:
        """Start a review of the document's current text by these personas. `spans`: only units that touch these lines.
        `quiet`: without its own progress. `show`: the least certain notes that are wanted. Returns the reason if no
        review is started."""
        if not readers:
            return "no review persona is on for this file: see review.personas"
        if len(document.text) > MAX_DOCUMENT:
            return f"{document.path} is larger than {MAX_DOCUMENT:,} characters and is not reviewed"
        uri = document.uri
        generation = self._findings.begin(uri)
        run = self.runs.get(uri)
        if run is None:
            run = self.runs[uri] = Run(uri, document.path, quiet, show)
            self._progress(run, "began")
        elif not run.planned:
            # The unfinished plan is stale, but its personas and lines must still be reviewed.
            readers = run.readers + readers
            spans = run.lines + spans if run.lines is not None and spans is not None else None
        if show == "all":
            # What was asked for is shown, even if an unasked run was under way.
            run.show = show
        # Running units may end before this plan is made. That must not end the run.
        run.planned, run.readers, run.lines = False, readers, spans
        snapshot = Snapshot(uri, document.path, document.language, document.text, generation, spans)
        self._jobs.spawn(lambda: self._plan_or_cancel(run, snapshot, readers))
        return None

    async def _plan_or_cancel(self, run: Run, snapshot: Snapshot, readers: Readers) -> None:
        try:
            await self._plan(run, snapshot, readers)
        except Exception:
            # Otherwise the run would never end. The traceback is logged by the job.
            self.cancel(run.uri)
            raise

    async def _plan(self, run: Run, snapshot: Snapshot, readers: Readers) -> None:
        # Parsing a large file takes tens of milliseconds, which would block the event loop.
        everything = await asyncio.to_thread(plan, snapshot.text, snapshot.language, snapshot.lines)
        settings = self._config_of(snapshot.path).settings
        changed = await self._changed(snapshot, settings)
        personas = (*readers.known, *await self._from_engine(settings, readers.unknown))
        if self.runs.get(run.uri) is not run or self._findings.generation(run.uri) != snapshot.generation:
            return
        most = settings.review.max_units
        units = everything[:most]
        run.left_out = max(0, len(everything) - most)
        if run.left_out:
            run.notes.append(f"only the first {most} of {len(everything)} units were read (review.max_units)")
        self._drop_old(run, personas)
        wanted: set[tuple[str, str]] = set()
        for persona in personas:
            self._findings.replan(run.uri, snapshot.generation, persona.name, units, snapshot.lines, changed)
            wanted |= {(persona.name, unit.digest) for unit in units}
        self._client.publish(run.uri)
        # Units that this plan doesn't cover stay pending: those on other lines, and other personas' unchanged units.
        here = {unit.digest for unit in everything}
        names = {persona.name for persona in personas}
        wanted |= {
            (name, unit)
            for name, unit in run.pending
            if snapshot.lines is not None or (name not in names and unit in here)
        }
        run.planned, run.pending, run.total = True, wanted, len(wanted)
        self._jobs.cancel(lambda key: key[0] == run.uri and key[1:] not in wanted)
        for persona in personas:
            for unit in {unit.digest: unit for unit in units}.values():
                self._start_unit(run, persona, unit, snapshot)
        self._moved(run)

    async def _changed(self, snapshot: Snapshot, settings: Settings) -> frozenset[int] | None:
        """The lines that differ from the last commit; None where there is none to compare with."""
        if settings.review.scope == "all" or not settings.trust_workspace or not Path(snapshot.path).is_absolute():
            return None
        before = await head_text(Path(snapshot.path))
        return None if before is None else await asyncio.to_thread(changed_rows, before, snapshot.text)

    def _drop_old(self, run: Run, personas: Sequence[Persona]) -> None:
        """Drop the jobs and findings of personas whose file has changed since they reviewed the document."""
        for persona in personas:
            if self._findings.read_by(run.uri, persona.name, persona.digest):
                self.forget(run.uri, persona.name)
                self._findings.read_by(run.uri, persona.name, persona.digest)

    def forget(self, uri: str, persona: str) -> None:
        """Stop a persona's review of a document, and drop its findings."""
        run = self.runs.get(uri)
        if run is not None:
            run.pending = {key for key in run.pending if key[0] != persona}
        self._jobs.cancel(lambda key: key[:2] == (uri, persona))
        self._findings.forget(uri, persona)
        self._client.publish(uri)
        if run is not None:
            self._moved(run)

    async def _from_engine(self, settings: Settings, names: Sequence[str]) -> list[Persona]:
        """The personas of these names that are models in the engine. Unknown names are reported to the user."""
        found: list[Persona] = []
        for name in names:
            try:
                persona = await self._engines.persona(settings, name)
            except EngineError as error:
                self._reporter.message_once(f"There is no persona called {name!r} (review.personas): {error}")
                continue
            if persona is None:
                self._reporter.message_once(
                    f"There is no persona called {name!r} (review.personas), and no model of that name in Ollama."
                    " `postil personas list` tells which there are."
                )
            else:
                found.append(persona)
        return found

    def _start_unit(self, run: Run, persona: Persona, unit: Unit, snapshot: Snapshot) -> None:
        self._jobs.start(
            (run.uri, persona.name, unit.digest),
            lambda: self._review_unit(run, persona, unit, snapshot),
            lambda cancelled: self._unit_over(run, persona, unit),
        )

    def _unit_over(self, run: Run, persona: Persona, unit: Unit) -> None:
        if (run.uri, persona.name, unit.digest) not in self._jobs:
            run.pending.discard((persona.name, unit.digest))
        self._moved(run)

    def _moved(self, run: Run) -> None:
        if self.runs.get(run.uri) is not run:
            return
        if run.planned and not run.pending:
            del self.runs[run.uri]
            self._end(run)
            for note in run.notes:
                self._reporter.message_once(f"{run.path}: {note}", error=False)
            self._settle()
            if run.not_reviewed:
                self._tell_unread(run)
        else:
            self._progress(run, "moved")

    def _tell_unread(self, run: Run) -> None:
        """Some units were not reviewed: that no note is shown there must not be taken for approval."""
        reasons = list(dict.fromkeys(run.unread.values()))
        why = f": {'; '.join(reasons[:MOST_REASONS])}" if reasons else " (review.max_units)"
        total = run.total + run.left_out
        sentence = f"{run.not_reviewed} of {total} units of {Path(run.path).name} could not be reviewed{why}."
        self._reporter.change(message=sentence, unread=run.not_reviewed)
        if run.unread:
            self._reporter.message_once(sentence)

    def _end(self, run: Run) -> None:
        self._client.publish(run.uri)
        self._progress(run, "ended")
        run.over.set()

    async def _review_unit(self, run: Run, persona: Persona, unit: Unit, snapshot: Snapshot) -> None:
        def find(unit: Unit, order: Sequence[DefinitionKind]) -> Awaitable[tuple[Definition, ...]]:
            return unit_definitions.find(unit, order, run.path, snapshot.text, self._indexes())

        context: ReviewContext | None = None
        try:
            self._reporter.change(state="busy", busy=True)
            context = replace(await self.context(persona, run.path), show=run.show, find=find)
            self._tell(context)
            run.current = unit.name
            self._moved(run)
            review = review_unit(context, unit, self._fallback, self._reporter.message_once)
            async with aclosing(review) as events:
                async for event in events:
                    if isinstance(event, FindingFound | FindingUpdated):
                        if self._findings.accept(run.uri, persona.name, event.finding):
                            self._client.publish(run.uri)
                    elif isinstance(event, UnitFinished):
                        self._finished(run, persona, event)
                    elif isinstance(event, UnitFailed):
                        run.failed += 1
                        self._reporter.change(message=event.message)
        except EngineError as error:
            self._engine_failed(run.uri, error, context.engine if context is not None else None)
        except Exception as error:
            # The other units would fail in the same way.
            log.exception("a review failed")
            self._engine_failed(run.uri, unexpected(error), context.engine if context is not None else None)

    def _tell(self, context: ReviewContext) -> None:
        """Show which engine and model read, and why another than the user has named does."""
        notices = [notice for notice in (self._engines.notice, context.notice) if notice]
        engine = context.facts.name if context.facts is not None else self._engines.name
        self._reporter.change(
            state="busy", engine=engine, model=context.model, why=context.why, message=" ".join(notices), unread=0
        )
        for notice in notices:
            self._reporter.message_once(notice, error=notice != context.notice)

    def _finished(self, run: Run, persona: Persona, event: UnitFinished) -> None:
        for finding in event.findings:
            if self._findings.accept(run.uri, persona.name, finding):
                self._client.publish(run.uri)
        key = (persona.name, event.unit.digest)
        run.unread.pop(key, None)
        if event.unread:
            run.unread[key] = event.unread
        run.usage += event.usage
        run.cached += event.cached
        run.untold += event.untold
        run.dropped.update(dict(event.dropped))
        run.notes += [note for note in event.notes if note not in run.notes]

    async def context(self, persona: Persona, path: str) -> ReviewContext:
        """What a persona needs to review the document at `path`. Raises EngineError."""
        config = self._config_of(path)
        context = await self._engines.context(config.settings, persona, self._cache)
        model = self._fallback.model(context.model)
        context = replace(context, model=model, baseline=config.baseline, path=path)
        return await calibrated(context, config.workspace)

    def _engine_failed(self, uri: str, error: EngineError, engine: Engine | None) -> None:
        shown = self._reporter.status.message
        # Closing the engine makes its other requests fail too. The first error's message is kept: it names the cause.
        consequence = shown and engine is not None and not self._engines.holds(engine)
        message = shown if consequence else str(error)
        self._reporter.change(state="error", busy=False, engine=self._engines.name, message=message)
        if self._reporter.failed(error):
            if isinstance(error, ModelMissing) and error.model:
                self._missing(error)
            else:
                self._client.message(str(error))
        log.warning("%s", error)
        if isinstance(error, EngineUnavailable) and engine is not None:
            self._jobs.spawn(lambda: self._engines.failed(engine))
        run = self.runs.get(uri)
        if run is not None:
            # Nobody has read the others either.
            run.failed += len(run.pending)
        # This also cancels the calling task, so nothing may be awaited after it.
        self._jobs.cancel(lambda key: key[0] == uri)

    def cancel(self, uri: str | None = None) -> None:
        """Stop the review of a document, or all reviews. Existing findings stay."""
        for run in [run for run in self.runs.values() if uri in (None, run.uri)]:
            run.planned = True
            # Remove the run first, so that its cancelled jobs don't end it a second time.
            self.runs.pop(run.uri)
            self._jobs.cancel(lambda key, run=run: key[0] == run.uri)
            self._end(run)
        self._settle()

    def _settle(self) -> None:
        if not self.runs and self._reporter.status.state == "busy":
            self._reporter.served()
            self._reporter.change(state="ready", busy=False)
