"""What is asked about the findings of a tool, the events while they are mended, and the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from postil.core.verify.findings.finding import ToolFinding
from postil.service.verify.events import Change, Cost, Fixed, FixEvent
from postil.service.verify.work import FixRequest


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding as somebody else told it (an editor's diagnostic, a SARIF log): the line is 0-based."""

    path: str
    line: int
    rule: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class FindingsRequest:
    """`fix`: the tool's command; its `samples` are for each finding, its `seconds` for all of them. `tool`: a name of
    the table, or "" for a command that writes SARIF, of whose runs those of `drivers` count. `wanted`: only findings
    like these; None for all. `guard`: a command that must not begin to fail, "" for none, in `guard_folder`."""

    fix: FixRequest
    tool: str
    drivers: frozenset[str] = frozenset()
    wanted: tuple[Wanted, ...] | None = None
    guard: str = ""
    guard_folder: Path | None = None

    @property
    def name(self) -> str:
        """Of the tool, for people."""
        return self.tool or ", ".join(sorted(self.drivers))


@dataclass(frozen=True, slots=True)
class FindingsFound:
    """The tool was run. `targets`: those to mend, in this order; `others`: how many more it has told of; `left`: of
    those to mend, how many aren't, by reason."""

    targets: tuple[ToolFinding, ...]
    others: int
    left: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FindingStarted:
    """The `number`th (from 1) of `total` is looked at."""

    number: int
    total: int
    finding: ToolFinding


@dataclass(frozen=True, slots=True)
class FindingResult:
    """What came of a finding, `words` says how. `also`: it went with the fix of another one; `gone`: the tool doesn't
    tell of it; `left`: nobody looked at it."""

    finding: ToolFinding
    ending: Literal["fixed", "also", "gone", "unfixed", "left"]
    words: str
    fixed: Fixed | None = None


@dataclass(frozen=True, slots=True)
class FindingsEnded:
    """The result. `name`: of the tool; `changes`: each changed file once, with all fixes in it."""

    name: str
    results: tuple[FindingResult, ...]
    changes: tuple[Change, ...]
    cost: Cost

    @property
    def words(self) -> str:
        """The result as a sentence."""
        if not self.total:
            return f"{self.name} finds nothing to fix here"
        return f"{self.mended} of {self.total} {'finding' if self.total == 1 else 'findings'} fixed and verified"

    @property
    def mended(self) -> int:
        return sum(one.ending in ("fixed", "also") for one in self.results)

    @property
    def total(self) -> int:
        """How many there were to mend."""
        return sum(one.ending != "gone" for one in self.results)

    @property
    def whole(self) -> bool:
        """Whether nothing is left to mend."""
        return self.mended == self.total


FindingsEvent = FixEvent | FindingsFound | FindingStarted | FindingResult | FindingsEnded
