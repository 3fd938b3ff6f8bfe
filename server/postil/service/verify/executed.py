"""Asks a check which functions a failing test runs: pytest by a plugin in a run that is due anyway, Go by coverage."""

from __future__ import annotations

import asyncio
import os
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path

from postil.core.verify.outcome import Outcome
from postil.core.verify.places import Place
from postil.core.verify.reports.executed import MAX_CHARS, Executed, executed_by, read_functions, read_go_profile
from postil.core.verify.runners import go_coverage, with_functions
from postil.service.verify.check import Check
from postil.service.verify.run import run_command

_PLUGIN = "postil_functions.py"
# Looking at each call makes code of many small functions five times as slow.
_TIMES = 10.0


@dataclass(slots=True)
class Functions:
    """What the tests of a check run. `told`: by test, so far."""

    check: Check
    told: dict[str, tuple[Place, ...]] = field(default_factory=dict[str, tuple[Place, ...]])

    async def run(self, before: Outcome, most: float) -> Outcome:
        """The check once more on the code as it is, in which pytest tells of functions. Where that doesn't work (an
        environment of its own, which doesn't find the plugin), the check is run as always. Raises CheckTrouble."""
        check, folder = self.check, self.check.scratch.home / "plugin"
        if before.tests is None:
            return await check.run(most)
        written = folder / "functions.jsonl"
        await asyncio.to_thread(_install, folder)
        environment = check.environment()
        more = {
            "PYTEST_ADDOPTS": with_functions(environment.get("PYTEST_ADDOPTS", "")),
            "PYTHONPATH": os.pathsep.join(filter(None, (environment.get("PYTHONPATH"), str(folder)))),
            "POSTIL_FUNCTIONS": str(written),
            "POSTIL_WORKSPACE": str(check.scratch.root),
        }
        outcome = await check.run(most, more=more, times=_TIMES)
        if outcome.tests is not None:
            self.told = read_functions(await asyncio.to_thread(_read, written))
        if outcome.tests is None or set(outcome.failing) != set(before.failing):
            # It may be the plugin's doing: only a run without it says whether the check is steady.
            return await check.run(most)
        return outcome

    async def of(self, test: str, before: Outcome, most: float) -> tuple[Executed, ...]:
        """What a failing test runs. Empty when the runner can't tell."""
        if test in self.told:
            return executed_by(test, self.told, before.passing)
        check, profile = self.check, self.check.scratch.home / "cover.out"
        command = go_coverage(check.command, test, str(profile))
        if command is None:
            return ()
        place = check.scratch.root / check.folder
        ran = await run_command(command, place, check.environment(), check.limit(most))
        check.runs += 1
        check.seconds += ran.seconds
        return read_go_profile(await asyncio.to_thread(_read, profile))


def _install(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    plugin = pkgutil.get_data("postil", "plugins/pytest_functions.py")
    if plugin is not None:
        (folder / _PLUGIN).write_bytes(plugin)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_CHARS).decode("utf-8", "replace")
    except OSError:
        # Nothing was told.
        return ""
