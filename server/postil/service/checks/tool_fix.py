"""A fix of another tool's diagnostic that is looked for while the user waits: the tool is asked again in a copy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from postil.core.verify.findings.tools import tool_of_source
from postil.engine.base import Progress
from postil.service.checks.editor_fix import step_words
from postil.service.checks.project import ProjectCheck
from postil.service.checks.unsaved import as_saved, top_of
from postil.service.review.context import ReviewContext
from postil.service.verify.events import Fixed
from postil.service.verify.findings.each import find_finding_fixes
from postil.service.verify.findings.events import (
    FindingResult,
    FindingsEnded,
    FindingsFound,
    FindingsRequest,
    FindingStarted,
    Wanted,
)
from postil.service.verify.findings.program import tool_command
from postil.service.verify.look import Scope
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import SETTINGS, FixRequest
from postil.settings import FixSettings


@dataclass(frozen=True, slots=True)
class ToolComplaint:
    """A diagnostic as an editor shows it. `source`: who says it; `path`: of the file; `line`: 0-based."""

    source: str
    path: str
    line: int
    rule: str
    message: str


@dataclass(slots=True)
class ToolFix:
    """Iterate `steps` once; then `fixed` is the fix, or `why` says why there is none. `workspace`: the trusted folder;
    `texts`: the editor's, by path; `guard`: a check that must not begin to fail."""

    complaint: ToolComplaint
    workspace: Path
    texts: dict[Path, str]
    budget: FixSettings
    opened: Callable[[], Awaitable[ReviewContext]]
    guard: ProjectCheck | None = None
    fixed: Fixed | None = None
    why: str = ""

    async def steps(self) -> AsyncGenerator[Progress]:
        """Raises CheckTrouble and EngineError."""
        request = await asyncio.to_thread(self._request)
        async with aclosing(find_finding_fixes(request, self.opened)) as events:
            async for event in events:
                match event:
                    case FindingResult():
                        self.fixed, self.why = event.fixed or self.fixed, event.words
                    case FindingsEnded():
                        gone = next((one.words for one in event.results if one.ending == "gone"), "")
                        self.why = self.why or gone or event.words
                    case FindingsFound() | FindingStarted():
                        pass
                    case _:
                        if words := step_words(event):
                            yield Progress(words)

    def _request(self) -> FindingsRequest:
        complaint, workspace = self.complaint, self.workspace.resolve()
        top, file = top_of(workspace), Path(complaint.path).resolve()
        name = tool_of_source(complaint.source)
        if name is None:
            raise CheckTrouble(f"Postil doesn't know how {complaint.source} is asked again")
        if top not in file.parents:
            raise CheckTrouble(f"{file} isn't in {top}, which is what is copied for the check")
        command = tool_command(name, workspace, top, (file,))
        # The user asks about this file, be it a test.
        scope = Scope((file,))
        budget, unsaved = self.budget, as_saved(self.texts, top)
        fix = FixRequest(
            command.command,
            top,
            command.folder,
            budget.samples,
            budget.seconds,
            scope,
            unsaved=unsaved,
            budget=SETTINGS,
        )
        path = file.relative_to(top).as_posix()
        wanted = Wanted(path, complaint.line, complaint.rule, complaint.message)
        request = FindingsRequest(fix, name, wanted=(wanted,))
        guard = self.guard
        return replace(request, guard=guard.command, guard_folder=guard.folder) if guard is not None else request
