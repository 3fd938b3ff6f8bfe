"""Mends the findings of one project of `cases` in a copy of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from postil.core.verify.findings.finding import ToolFinding, new_findings
from postil.core.verify.findings.reports import read_report
from postil.core.verify.findings.tools import tools
from postil.service.review.context import ReviewContext
from postil.service.verify.apply import apply_changes
from postil.service.verify.findings.each import find_finding_fixes
from postil.service.verify.findings.events import (
    FindingResult,
    FindingsEnded,
    FindingsEvent,
    FindingsRequest,
    FindingStarted,
    Wanted,
)
from postil.service.verify.findings.program import ToolCommand, tool_command
from postil.service.verify.work import FixRequest

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a tool's findings. `new`: findings that the tool tells of after the fixes and didn't before."""

    tool: str
    ended: FindingsEnded
    new: int


def projects() -> list[str]:
    """The tools that there is a project for."""
    return sorted(path.name for path in CASES.iterdir() if path.name in tools())


@asynccontextmanager
async def project(tool: str, parts: Path) -> AsyncGenerator[Path]:
    """A copy of a tool's project, with the modules of Node that `parts` has."""
    with tempfile.TemporaryDirectory(prefix="postil-findings-") as home:
        top = Path(os.path.realpath(home)) / tool  # noqa: ASYNC240
        shutil.copytree(CASES / tool, top)
        modules = parts / "node_modules"
        if "node" in tools()[tool].found and modules.is_dir():
            (top / "node_modules").symlink_to(modules)
        yield top


def findings(command: ToolCommand, top: Path) -> tuple[ToolFinding, ...]:
    """What the tool says of the project as it is. Raises ValueError when it says nothing that can be read."""
    tool = tools()[command.tool]
    into = subprocess.STDOUT if tool.stderr else subprocess.DEVNULL
    ran = subprocess.run(
        command.command, shell=True, cwd=command.folder, stdout=subprocess.PIPE, stderr=into, check=False
    )
    found = read_report(command.tool, ran.stdout.decode("utf-8", "replace"), str(top), ".")
    if found is None:
        raise ValueError(f"{command.command} printed no report")
    return found


def spread(found: Sequence[ToolFinding], most: int) -> list[ToolFinding]:
    """At most so many of them, from all parts of the list."""
    if len(found) <= most:
        return list(found)
    return [found[number * len(found) // most] for number in range(most)]


async def mended(
    tool: str,
    parts: Path,
    opened: Callable[[], Awaitable[ReviewContext]],
    *,
    most: int,
    samples: int,
    seconds: float,
    say: Callable[[str], None],
) -> Row:
    """Look at `most` findings of a tool's project. Raises CheckTrouble for a tool that isn't there."""
    async with project(tool, parts) as top:
        command = tool_command(tool, top, top)
        before = findings(command, top)
        wanted = tuple(Wanted(one.path, one.span.first, one.rule, one.message) for one in spread(before, most))
        fix = FixRequest(command.command, top, command.folder, samples, seconds)
        ended: FindingsEnded | None = None
        async with aclosing(find_finding_fixes(FindingsRequest(fix, tool, wanted=wanted), opened)) as events:
            async for event in events:
                _tell(event, say)
                ended = event if isinstance(event, FindingsEnded) else ended
        if ended is None:
            raise ValueError(f"{tool}: nothing came of it")
        for change in ended.changes:
            say(change.difference)
        apply_changes(ended.changes)
        return Row(tool, ended, len(new_findings(before, findings(command, top))))


def _tell(event: FindingsEvent, say: Callable[[str], None]) -> None:
    if isinstance(event, FindingStarted):
        say(f"{event.number}/{event.total} {event.finding.place} {event.finding.title}: {event.finding.message}")
    elif isinstance(event, FindingResult):
        say(f"    {event.ending}: {event.words}")
