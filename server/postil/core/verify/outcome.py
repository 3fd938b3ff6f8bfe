"""What a run of a check said: its exit code, and which tests passed or failed, with the failure's words and places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from postil.core.verify.findings.finding import ToolFinding
from postil.core.verify.places import Place

Status = Literal["passed", "failed", "skipped"]
# Shells' codes for a command that isn't there or can't be executed (POSIX); Windows' cmd has 9009.
_NOT_THERE = frozenset({126, 127, 9009})


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A test. `whole_file`: it isn't a test, a file of tests couldn't be loaded. `words`: the failure's own."""

    name: str
    status: Status
    words: str = ""
    places: tuple[Place, ...] = ()
    whole_file: bool = False


def by_name(results: Iterable[CaseResult]) -> dict[str, CaseResult]:
    """The results by their names; of several tests of one name, such as those of two files, the later ones get
    numbers."""
    found: dict[str, CaseResult] = {}
    for one in results:
        name, count = one.name, 1
        while name in found:
            count += 1
            name = f"{one.name} #{count}"
        found[name] = replace(one, name=name)
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """`tests` by name; None when the command told of none. `stopped`: why it was ended before its own end, as a
    sentence about it ("it didn't end within 60 s"); "" when it ended by itself.
    `untested`: there is a report, and no test in it. `text`: what it printed, or its end. `findings`: of a tool; None
    when it is none, or has told of none because it failed."""

    exit_code: int
    tests: Mapping[str, CaseResult] | None
    text: str = ""
    places: tuple[Place, ...] = ()
    stopped: str = ""
    untested: bool = False
    seconds: float = field(default=0.0, compare=False)
    findings: tuple[ToolFinding, ...] | None = None

    @property
    def passes(self) -> bool:
        return not self.stopped and self.exit_code == 0 and not self.failing

    @property
    def failing(self) -> tuple[str, ...]:
        """The names of the tests that failed, in the order in which they were told."""
        return self._with("failed")

    @property
    def passing(self) -> tuple[str, ...]:
        return self._with("passed")

    @property
    def missing(self) -> bool:
        """Whether the command itself couldn't be started."""
        return self.tests is None and self.exit_code in _NOT_THERE

    def _with(self, status: Status) -> tuple[str, ...]:
        return tuple(name for name, one in (self.tests or {}).items() if one.status == status)
