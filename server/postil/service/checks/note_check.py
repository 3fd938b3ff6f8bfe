"""Asks a project's check about the fix of a note. A note is an opinion: the check tells only whether its fix breaks
anything, and whether any test runs that code at all."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from postil.core.syntax.split import split_units
from postil.core.verify.broken import broken_body, unreadable
from postil.core.verify.patch import Patch
from postil.core.verify.verdict import Verdict
from postil.engine.base import Progress
from postil.service.checks.project import ProjectCheck
from postil.service.checks.unsaved import as_saved, top_of
from postil.service.verify.check import Check
from postil.service.verify.copy.scratch import scratch_copy
from postil.service.verify.findings.guard import Guard
from postil.service.verify.trouble import CheckTrouble
from postil.service.workspace.languages import language_of


@dataclass(slots=True)
class NoteCheck:
    """Iterate `steps` once; then `verdict` says what the check makes of the file with the fix. `texts`: the editor's,
    by path; `after`: the text of the file at `path` with the fix, which is at `line` (0-based)."""

    check: ProjectCheck
    texts: dict[Path, str]
    path: Path
    after: str
    line: int
    seconds: float
    verdict: Verdict | None = None

    async def steps(self) -> AsyncGenerator[Progress]:
        """Raises CheckTrouble."""
        top = top_of(self.check.workspace)
        if top not in self.path.parents:
            raise CheckTrouble(f"{self.path} isn't in {top}, which is what is copied for the check")
        unsaved = await asyncio.to_thread(as_saved, self.texts, top)
        async with scratch_copy(top, unsaved) as scratch:
            folder = self.check.folder.relative_to(top).as_posix()
            run = Check(scratch, self.check.command, folder)
            yield Progress("checking the code as it is")
            guard = await Guard.of(run, self.seconds)
            yield Progress("checking a broken text, which it must notice")
            if (await guard.verdict(self.seconds, await self._saved(self._broken(), top))).holds:
                raise CheckTrouble(f"no test of {self.check.name} runs this code, so it can say nothing about the fix")
            changes = await self._saved(self.after, top)
            for _ in range(2):
                yield Progress("checking the fix")
                self.verdict = await guard.verdict(self.seconds, changes)
                if not self.verdict.holds:
                    return

    async def _saved(self, text: str, top: Path) -> dict[str, bytes]:
        return await asyncio.to_thread(as_saved, {self.path: text}, top)

    def _broken(self) -> str:
        """The text with a unit around the fix that can't work."""
        language = language_of(self.path.name, self.after.partition("\n")[0])
        mark = f"postil_control_{uuid.uuid4().hex[:8]}"
        units = [one for one in split_units(self.after, language) if one.first_line <= self.line < one.last_line]
        if not units:
            return unreadable(self.after, mark)
        unit = units[-1]
        return Patch("", unit, broken_body(unit, mark) or unreadable(unit.text, mark)).applied(self.after, "\n")
