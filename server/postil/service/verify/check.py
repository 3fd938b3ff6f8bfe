"""A check of the user's in a scratch copy: what it is started with, and what each run said."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from postil.core.verify.oracle import Reader, TestReader
from postil.core.verify.outcome import Outcome
from postil.core.verify.reports.junit import MAX_REPORT_CHARS
from postil.service.verify.copy.scratch import Scratch
from postil.service.verify.run import run_command
from postil.service.verify.trouble import CheckTrouble

# A candidate may loop for ever, and so may take this much longer than the code as it is.
_TIMES, _MORE_SECONDS = 3.0, 5.0


@dataclass(slots=True)
class Check:
    """`command` in the copy's folder `folder`, read by `reader`. `runs` and `seconds`: so far. `base`: files with fixes
    that were found before, which every run has."""

    scratch: Scratch
    command: str
    folder: str
    reader: Reader = field(default_factory=TestReader)
    base: dict[str, bytes] = field(default_factory=dict[str, bytes])
    runs: int = 0
    seconds: float = 0.0
    # How long a run may take; None before the first has ended.
    usual: float | None = None

    async def run(
        self,
        most: float,
        changes: dict[str, bytes] | None = None,
        more: dict[str, str] | None = None,
        times: float = _TIMES,
    ) -> Outcome:
        """Run it on the original files, with these ones changed, and with `more` in its environment, in which it may
        take so many `times` as long. Raises CheckTrouble."""
        await asyncio.to_thread(self._prepare, changes or {})
        environment = {**self.environment(), **(more or {})}
        told = self.reader.prepared(self.command, str(self.scratch.report), environment.get("PYTEST_ADDOPTS", ""))
        environment.update(told.environment)
        ran = await run_command(told.command, self.scratch.root / self.folder, environment, self.limit(most, times))
        self.runs += 1
        self.seconds += ran.seconds
        if self.usual is None and not ran.stopped:
            self.usual = ran.seconds
        report = await asyncio.to_thread(_read, self.scratch.report)
        return await asyncio.to_thread(
            lambda: self.reader.outcome(ran.exit_code, ran.text, report, ran.stopped, ran.seconds)
        )

    def limit(self, most: float, times: float = _TIMES) -> float:
        """Seconds that a run may take, of the `most` that are left."""
        return most if self.usual is None else min(most, times * self.usual + _MORE_SECONDS)

    def environment(self) -> dict[str, str]:
        """The variables of a run."""
        return _environment(self.scratch)

    def restore(self, changes: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Put back what runs have changed, but for these files. Raises CheckTrouble."""
        try:
            self.scratch.restore()
            for path, data in {**self.base, **changes}.items():
                self.scratch.put(path, data)
        except OSError as error:
            # A check made a folder of a file, or took the right to write away.
            raise CheckTrouble(f"the copy can't be put back: {error.strerror or error} ({error.filename})") from None

    async def settle(self) -> None:
        """Put back what runs of the code as it is have changed; what they made beside it may stay. Raises
        CheckTrouble."""

        def settled() -> None:
            self.restore()
            self.scratch.settle()

        await asyncio.to_thread(settled)

    def _prepare(self, changes: dict[str, bytes]) -> None:
        self.scratch.report.unlink(missing_ok=True)
        self.restore(changes)


def _read(report: Path) -> str | None:
    try:
        with report.open("rb") as file:
            return file.read(MAX_REPORT_CHARS + 1).decode("utf-8", "replace") or None
    except OSError:
        # Most commands write none.
        return None


def _environment(scratch: Scratch) -> dict[str, str]:
    """The user's, so that the check finds what it needs, with the copy in the place of their tree."""
    environment = dict(os.environ)
    own = str(scratch.workspace)
    known = environment.get("PYTHONPATH", "").split(os.pathsep)
    moved = [str(scratch.root) + path[len(own) :] if f"{path}/".startswith(f"{own}/") else path for path in known]
    paths = [path for path in (*scratch.roots, *moved) if path]
    if paths:
        environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # Two candidates of one size within a second would share their byte code, and linked environments stay as they are.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["TMPDIR"] = str(scratch.home / "tmp")
    return environment
