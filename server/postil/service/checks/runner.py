"""Runs the checks of a workspace after a save, one run for each check, and keeps the notes on what fails."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from postil.core.actions.test_places import is_test
from postil.core.review.finding import Severity, Span
from postil.core.text.changed import differing
from postil.core.text.edits import LineEdit
from postil.core.text.positions import split_lines
from postil.core.text.uri import path_of
from postil.core.verify.complaint import Complaint
from postil.engine.base import EngineError, EngineRefused
from postil.service.checks import accepted
from postil.service.checks.editor_fix import EditorFix, failure_line, step_words, verified_edit
from postil.service.checks.note_check import NoteCheck
from postil.service.checks.notes import CheckNote, CheckNotes
from postil.service.checks.project import NoSuchCheck, ProjectCheck, names_on_save, project_check
from postil.service.checks.tool_fix import ToolComplaint, ToolFix
from postil.service.checks.unsaved import top_of, unsaved_texts
from postil.service.client import Client, RunOffer
from postil.service.config.workspace import FolderConfig, WorkspaceConfig
from postil.service.documents import Documents
from postil.service.jobs import Jobs
from postil.service.review.context import ReviewContext
from postil.service.review.runner import ReviewRunner
from postil.service.status import StatusReporter
from postil.service.verify.events import Complained, Ended
from postil.service.verify.look import Scope
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import SETTINGS, FixRequest
from postil.service.workspace.source import Source, read_source

log = logging.getLogger(__name__)

# The shipped persona whose model and words write fixes.
REPAIRER = "repairer"

Key = tuple[str, str]
Opened = Callable[[], Awaitable[ReviewContext]]


class _Run:
    """A run of a check. `edited`: files that changed while it ran, so that its places in them are wrong."""

    def __init__(self, check: ProjectCheck, fix: EditorFix) -> None:
        self.check = check
        self.fix = fix
        self.edited: set[str] = set()
        # The note to show as long as there is no fix.
        self.failing: tuple[CheckNote, ...] = ()
        self.task: asyncio.Task[None] | None = None


class CheckRunner:
    """At most one run for each check: a newer save cancels it. Runs aren't jobs of the queue, in which a check would
    keep reviews waiting for minutes."""

    def __init__(
        self,
        client: Client,
        jobs: Jobs,
        reporter: StatusReporter,
        reviews: Callable[[], ReviewRunner],
        documents: Documents,
    ) -> None:
        self.notes = CheckNotes()
        self._client = client
        self._jobs = jobs
        self._reporter = reporter
        self._reviews = reviews
        self._documents = documents
        self._runs: dict[Key, _Run] = {}
        # Command lines that the user was asked about. They are asked once in a session.
        self._asked: set[ProjectCheck] = set()

    def saved(self, config: FolderConfig, path: Path) -> None:
        """A file of a folder was saved: start the checks that run then."""
        if config.workspace is None or not config.settings.trust_workspace:
            return
        for name in names_on_save(config.settings):
            try:
                check = project_check(config.settings, config.foreign_checks, config.workspace, name)
            except NoSuchCheck as problem:
                self._reporter.message_once(str(problem))
                continue
            self.start(check, config, path)

    def start(self, check: ProjectCheck, config: FolderConfig, saved: Path | None = None) -> None:
        """Run a check, if the user has said yes to it; else ask once. `saved`: the file that is the reason."""
        if not accepted.is_accepted(check):
            if check not in self._asked:
                self._asked.add(check)
                self._client.message(accepted.question(check), offer=RunOffer(check))
            return
        self.cancel(check.key)
        scope = Scope(exclude=config.settings.review.exclude, saved=saved and saved.resolve())
        run = _Run(check, self.fix_of(check, config, scope=scope))
        self._runs[check.key] = run
        run.task = self._jobs.spawn(lambda: self._run(run))

    def agreed(self, check: ProjectCheck) -> None:
        """The user has said yes to this command line."""
        try:
            accepted.accept(check)
        except OSError as error:
            self._client.message(f"can't remember your yes: {error.strerror or error} ({error.filename})")

    def start_on_save(self, check: ProjectCheck, config: FolderConfig) -> None:
        """Run a check that the user has been asked about, if the settings still say that it runs after a save."""
        if config.settings.trust_workspace and check.name in names_on_save(config.settings):
            self.start(check, config)

    def clear(self, uri: str) -> None:
        """Drop the notes on a document."""
        path = os.path.realpath(path_of(uri))
        if self.notes.drop(path):
            self._publish(path)

    def cancel(self, key: Key | None = None) -> None:
        """End the run of a check, or all. Their notes stay."""
        for one, run in list(self._runs.items()):
            if key in (None, one):
                del self._runs[one]
                if run.task is not None:
                    run.task.cancel()
                self._told("")

    def edited(self, uri: str, edits: Sequence[LineEdit]) -> None:
        """Lines of an open document were edited."""
        path = os.path.realpath(path_of(uri))
        for run in self._runs.values():
            run.edited.add(path)
        if self.notes and self.notes.edit(path, edits):
            self._publish(path)

    def keep(self, config: WorkspaceConfig) -> None:
        """Other settings: drop the runs and the notes of the checks that don't run after a save any more."""
        wanted = {
            (os.path.realpath(one.workspace), name)
            for one in config
            if one.workspace is not None and one.settings.trust_workspace
            for name in names_on_save(one.settings)
        }
        for key in {*self._runs, *self.notes.keys()} - wanted:
            self.cancel(key)
            self._show(key, ())

    def opened(self, config: FolderConfig) -> Opened:
        """What gives the model that mends code of a folder, once no review runs: fixes give way to reviews."""

        async def opened() -> ReviewContext:
            reviews = self._reviews()
            while reviews.runs:
                await next(iter(reviews.runs.values())).over.wait()
            persona = config.personas.personas.get(REPAIRER)
            if persona is None:
                raise EngineRefused(f"There is no persona called {REPAIRER!r}, whose model writes the fixes.")
            return await reviews.context(persona, str(config.workspace or ""))

        return opened

    def fix_of(
        self, check: ProjectCheck, config: FolderConfig, *, test: str = "", scope: Scope | None = None
    ) -> EditorFix:
        """What looks for a fix of a check. The editor's texts are taken now: what is edited later isn't checked."""
        top, budget = top_of(check.workspace), config.settings.fix
        scope = scope or Scope(exclude=config.settings.review.exclude)
        request = FixRequest(
            check.command,
            top,
            check.folder,
            budget.samples,
            budget.seconds,
            scope,
            test,
            budget=SETTINGS,
            mechanical=budget.mechanical,
        )
        return EditorFix(request, unsaved_texts(self._documents.all_open(), top), self.opened(config))

    def note_check(self, check: ProjectCheck, config: FolderConfig, path: Path, after: str, line: int) -> NoteCheck:
        """What asks a check about the fix of a note, as `fix_of` does."""
        texts = unsaved_texts(self._documents.all_open(), top_of(check.workspace))
        return NoteCheck(check, texts, path.resolve(), after, line, config.settings.fix.seconds)

    def tool_fix(self, complaint: ToolComplaint, workspace: Path, config: FolderConfig) -> ToolFix:
        """What looks for a fix of another tool's diagnostic, as `fix_of` does."""
        texts = unsaved_texts(self._documents.all_open(), top_of(workspace.resolve()))
        guard = accepted.guard_of(config.settings, config.foreign_checks, workspace)
        return ToolFix(complaint, workspace, texts, config.settings.fix, self.opened(config), guard)

    def notes_on(self, uri: str) -> list[CheckNote]:
        """The notes on a document or a file."""
        return self.notes.of(os.path.realpath(path_of(uri))) if self.notes else []

    async def _run(self, run: _Run) -> None:
        try:
            await self._events(run)
        except (CheckTrouble, EngineError) as trouble:
            self._told(f"{run.check.name}: {trouble}")
            if isinstance(trouble, CheckTrouble):
                self._reporter.message_once(f"the check {run.check.name!r}: {trouble}")
        finally:
            if self._runs.get(run.check.key) is run:
                del self._runs[run.check.key]

    async def _events(self, run: _Run) -> None:
        check = run.check
        async with aclosing(run.fix.events()) as events:
            async for event in events:
                words = step_words(event)
                if words:
                    self._told(f"{check.name}: {words}")
                if isinstance(event, Complained):
                    run.failing = await self._failing(run, event)
                    # A failing test is no opinion: it is shown before a fix is looked for. A fix of the last run that
                    # nobody has taken stays until this one ends.
                    if not self.notes.mends(check.key, event.complaint.test):
                        self._show(check.key, run.failing)
                elif isinstance(event, Ended):
                    self._ended(run, event)

    def _ended(self, run: _Run, ended: Ended) -> None:
        check, fixed = run.check, ended.fixed
        self._told(f"{check.name}: {ended.words}")
        if ended.ending in ("nothing", "flaky"):
            self._show(check.key, ())
        elif fixed is None:
            self._show(check.key, run.failing)
        elif run.fix.complained is not None:
            path, edit = os.path.realpath(fixed.file), replace(verified_edit(fixed), does=run.fix.does)
            if path in run.edited:
                return
            lines = split_lines(edit.before)
            changed = _changed(lines, split_lines(edit.after))
            words = failure_line(run.fix.complained.complaint)
            test = run.fix.complained.complaint.test
            # That the test passes with the fix proves that this code is what is wrong.
            note = CheckNote(check.name, test, path, changed, *_ends(lines, changed), words, Severity.ERROR, edit)
            # Others that still fail with it stay where they are.
            others = [one for one in run.failing if one.test != test] if fixed.verdict.left else []
            self._show(check.key, (note, *others))

    async def _failing(self, run: _Run, event: Complained) -> tuple[CheckNote, ...]:
        """The notes of the failing tests at their own lines."""
        # Many tests fail in one file, which is read once.
        files: dict[str, list[str]] = {}
        found = [await self._at_test(run, one, files) for one in (event.complaint, *event.more)]
        return tuple(one for one in found if one is not None)

    async def _at_test(self, run: _Run, complaint: Complaint, files: dict[str, list[str]]) -> CheckNote | None:
        """The note at the failing test's own line; None when nothing tells where it is, or that file was edited.
        `files`: the lines of those that were read."""
        top = run.fix.request.workspace
        place = next((one for one in reversed(complaint.places) if is_test(one.path)), None)
        if place is None:
            return None
        # The top has no links, and the copy's files are its own.
        path = str(top / place.path)
        if path not in files:
            text = run.fix.texts.get(Path(path))
            if text is None:
                source = await asyncio.to_thread(read_source, Path(path))
                text = source.text if isinstance(source, Source) else ""
            files[path] = split_lines(text)
        lines = files[path]
        if path in run.edited or place.line >= len(lines):
            return None
        span = Span(place.line, place.line + 1)
        # Where it fails isn't where it is wrong.
        words = failure_line(complaint)
        return CheckNote(run.check.name, complaint.test, path, span, *_ends(lines, span), words, Severity.WARNING)

    def _show(self, key: Key, notes: tuple[CheckNote, ...]) -> None:
        for path in self.notes.replace(key, notes):
            self._publish(path)

    def _publish(self, path: str) -> None:
        """The notes on a file have changed. An editor may spell its name in another way."""
        document = next((one for one in self._documents.all_open() if os.path.realpath(one.path) == path), None)
        self._client.publish(document.uri if document is not None else Path(path).as_uri())

    def _told(self, words: str) -> None:
        self._reporter.change(check=words)


def _changed(before: Sequence[str], after: Sequence[str]) -> Span:
    """The lines in which a text differs from another; of an insertion, the line that it goes before."""
    head, tail = differing(before, after)
    first = min(head, max(len(before) - 1, 0))
    return Span(first, max(len(before) - tail, first + 1))


def _ends(lines: Sequence[str], span: Span) -> tuple[str, str]:
    """The first and the last line of a span."""
    if not lines:
        return "", ""
    return lines[span.first], lines[min(span.last, len(lines)) - 1]
