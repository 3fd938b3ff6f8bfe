"""A fix that is looked for while the user waits: what happens, as steps of a progress, and the result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from postil.core.change.describe import describe_texts
from postil.core.change.words import sentence
from postil.core.text.plain import one_line
from postil.core.verify.complaint import Complaint
from postil.engine.base import Progress
from postil.service.checks.notes import VerifiedEdit
from postil.service.checks.unsaved import as_saved
from postil.service.review.context import ReviewContext
from postil.service.verify.events import (
    Answered,
    CheckEnded,
    CheckStarted,
    Complained,
    Ended,
    Fixed,
    FixEvent,
    Suspected,
    SuspectPassed,
    SuspectStarted,
    Tried,
)
from postil.service.verify.repair import find_fix
from postil.service.verify.work import FixRequest
from postil.service.workspace.languages import language_of

# Of a failure's words one line is shown.
_SHOWN = 200


@dataclass(slots=True)
class EditorFix:
    """Iterate `steps` once; then `ended` is the result, and `complained` the failure, if there was one. `texts`: the
    editor's, by path; they are copied before the first step, so that a later edit is not what is checked. `does`: what
    the fix does, as the end of a sentence."""

    request: FixRequest
    texts: dict[Path, str]
    opened: Callable[[], Awaitable[ReviewContext]]
    ended: Ended | None = None
    complained: Complained | None = None
    does: str = ""

    async def steps(self) -> AsyncGenerator[Progress]:
        """Raises CheckTrouble and EngineError."""
        async with aclosing(self.events()) as events:
            async for event in events:
                words = step_words(event)
                if words:
                    yield Progress(words)

    async def events(self) -> AsyncGenerator[FixEvent]:
        """As `steps`, with all that happens."""
        unsaved = await asyncio.to_thread(as_saved, self.texts, self.request.workspace)
        async with aclosing(find_fix(replace(self.request, unsaved=unsaved), self.opened)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    self.ended = event
                    if event.fixed is not None:
                        self.does = await asyncio.to_thread(what_it_does, event.fixed)
                elif isinstance(event, Complained):
                    self.complained = event
                yield event


def step_words(event: FixEvent) -> str:
    """What happens, in a line of a progress; "" for what needs none."""
    match event:
        case CheckStarted(what):
            return f"checking {what}"
        case CheckEnded(_, outcome):
            failed = len(outcome.failing)
            return f"{failed} test{'' if failed == 1 else 's'} failed" if failed else ""
        case Complained(complaint):
            return f"{complaint.title} fails"
        case SuspectStarted(suspect):
            return f"asking about {suspect.unit.name}"
        case SuspectPassed(suspect, why):
            return one_line(f"{suspect.unit.name} is passed over: {why}")
        case Tried(number, verdict):
            return one_line(f"candidate {number}: {verdict.words}")
        case Suspected() | Answered() | Ended():
            return ""


def failure_line(complaint: Complaint) -> str:
    """The line of a failure that says most: what the runner marks as the error, else its last one."""
    lines = [line.strip() for line in complaint.words.split("\n") if line.strip()]
    marked = (line[1:].strip() for line in lines if line.startswith("E "))
    words = next(marked, lines[-1] if lines else "")
    return one_line(f"{complaint.title} fails: {words}" if words else f"{complaint.title} fails")[:_SHOWN]


def what_it_does(fixed: Fixed) -> str:
    """As the end of a sentence about the fix. It parses the file, so don't call it on the event loop."""
    edit = verified_edit(fixed)
    return sentence(describe_texts(edit.before, edit.after, language_of(fixed.file.name)))


def verified_edit(fixed: Fixed) -> VerifiedEdit:
    """The fix as texts of the editor: with the file's line ends, without its byte order mark."""
    before, after = (
        data.decode(fixed.encoding, "replace").removeprefix("\ufeff") for data in (fixed.original, fixed.new)
    )
    return VerifiedEdit(before, after, fixed.verdict.words, fixed.warnings)
