"""The report of a `postil review` as values, for every output format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from postil.core.persona.persona import Persona
from postil.core.request import Usage
from postil.core.review.finding import Finding, Severity
from postil.core.review.sarif import Failure, PlacedFinding
from postil.core.syntax.units import Unit
from postil.service.review.events import FindingFound, FindingUpdated, ReviewEvent, UnitFailed, UnitFinished
from postil.service.review.targets import ReviewedFile
from postil.service.workspace.files import Skipped


@dataclass(frozen=True, slots=True)
class Report:
    """The whole run. `seconds` is wall time; `dropped` counts candidates by the check that rejected them; `notes` are
    sentences on what was skipped; `cached` counts units that no model was asked about. `failures` are units that could
    not be reviewed: the engine failed, the model's answer was none, they are beyond review.max_units, or their file
    can't be read. `units` counts them too. `untold`: definitions that units use and their requests had no room
    for."""

    findings: tuple[PlacedFinding, ...] = ()
    files: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[Failure, ...] = ()
    units: int = 0
    cached: int = 0
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    engine: str = ""
    model: str = ""
    personas: tuple[Persona, ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    untold: int = 0
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def not_reviewed(self) -> int:
        """Units of which the report says nothing."""
        return sum(failure.units for failure in self.failures)

    def count(self, severity: Severity) -> int:
        return sum(placed.finding.severity is severity for placed in self.findings)

    def reaches(self, severity: Severity | None) -> bool:
        """Whether any finding is at least this serious; None = never."""
        return severity is not None and any(p.finding.severity <= severity for p in self.findings)


class Reporter(Protocol):
    """An output format. `event` comes while the model writes, `finish` once at the end, also after Ctrl-C."""

    def reading(self, file: ReviewedFile, unit: Unit, number: int, total: int) -> None:
        """A unit is about to be read, the `number`th (from 1) of `total`."""

    def event(self, file: ReviewedFile, event: ReviewEvent) -> None: ...

    def finish(self, report: Report) -> None: ...


def not_reviewed(event: UnitFinished) -> str:
    """The sentence for a unit whose answer was no review."""
    return f"{event.unit.name} could not be reviewed: {event.unread}"


class Tally:
    """Collects events into a Report. A finding counts from its first event, so that an interrupted run keeps what it
    has shown."""

    def __init__(self) -> None:
        self._findings: dict[tuple[str, str], PlacedFinding] = {}
        self._failures: list[Failure] = []
        self._usage = Usage()
        self._units = 0
        self._cached = 0
        self._dropped: dict[str, int] = {}
        self._untold = 0
        self._notes: dict[str, None] = {}

    def add(self, file: ReviewedFile, event: ReviewEvent) -> None:
        if isinstance(event, FindingFound | FindingUpdated):
            self._put(file, event.unit, event.finding)
        elif isinstance(event, UnitFinished):
            for finding in event.findings:
                self._put(file, event.unit, finding)
            self._units += 1
            self._cached += event.cached
            self._usage += event.usage
            if event.unread:
                self._failures.append(Failure(file.path, event.unit.first_line, not_reviewed(event)))
            self._untold += event.untold
            for name, count in event.dropped:
                self._dropped[name] = self._dropped.get(name, 0) + count
            self._notes |= dict.fromkeys(f"{file.path}: {event.unit.name}: {note}" for note in event.notes)
        elif isinstance(event, UnitFailed):
            self._units += 1
            self._failures.append(Failure(file.path, event.unit.first_line, event.message))

    def _put(self, file: ReviewedFile, unit: Unit, finding: Finding) -> None:
        self._findings[file.path, finding.id] = file.place(unit, finding)

    def unreadable(self, path: str, reason: str) -> None:
        """A file to review that can't be read."""
        self._units += 1
        self._failures.append(Failure(path, 0, f"could not be read: {reason}"))

    def note(self, sentence: str) -> None:
        self._notes[sentence] = None

    def leave_out(self, path: str, units: Sequence[Unit], most: int) -> None:
        """These units of a file were not even sent."""
        total = most + len(units)
        message = f"only the first {most} of {total} units were read (review.max_units): raise it to review the rest"
        self._units += len(units)
        self._failures.append(Failure(path, units[0].first_line, message, len(units)))
        self.note(f"{path}: only the first {most} of {total} units were read (review.max_units)")

    def report(self, **facts: object) -> Report:
        """The report so far; `facts` are the fields that don't come from events."""
        findings = sorted(self._findings.values(), key=lambda placed: (placed.path, placed.lines.first))
        make: Any = Report
        report: Report = make(
            findings=tuple(findings),
            failures=tuple(self._failures),
            usage=self._usage,
            units=self._units,
            cached=self._cached,
            dropped=tuple(self._dropped.items()),
            untold=self._untold,
            notes=tuple(self._notes),
            **facts,
        )
        return report
