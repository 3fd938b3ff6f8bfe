"""The report as GitHub's workflow commands, which become annotations on a pull request.

Format and escapes: `actions/toolkit`, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Callable

from postil.cli.report.report import Report
from postil.core.review.finding import Severity
from postil.core.review.sarif import Failure, PlacedFinding
from postil.core.syntax.units import Unit
from postil.core.text.plain import plain
from postil.service.review.events import ReviewEvent, UnitFinished
from postil.service.review.targets import ReviewedFile

_COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "notice",
    Severity.HINT: "notice",
}


class GithubReporter:
    """Writes a unit's notes when the unit is finished."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._written: set[tuple[str, str]] = set()

    def reading(self, file: ReviewedFile, unit: Unit, number: int, total: int) -> None:
        """Nothing: a log of commands has no progress."""

    def event(self, file: ReviewedFile, event: ReviewEvent) -> None:
        if isinstance(event, UnitFinished):
            for finding in event.findings:
                self._put(file.place(event.unit, finding))

    def _put(self, placed: PlacedFinding) -> None:
        key = placed.path, placed.finding.id
        if key not in self._written:
            self._written.add(key)
            self._write(annotation(placed) + "\n")

    def finish(self, report: Report) -> None:
        for placed in report.findings:
            self._put(placed)
        for failure in report.failures:
            self._write(failed(failure) + "\n")


def annotation(placed: PlacedFinding) -> str:
    """One finding as one line."""
    lines, finding = placed.lines, placed.finding
    properties = {
        "file": placed.path,
        "line": str(lines.first + 1),
        "endLine": str(max(lines.last, lines.first + 1)),
        "title": f"Postil ({finding.persona})",
    }
    if finding.columns is not None and lines.last - lines.first <= 1:
        properties |= {"col": str(finding.columns[0] + 1), "endColumn": str(finding.columns[1] + 1)}
    message = plain(finding.message).strip() or "Look at this code again."
    if finding.fix is not None and finding.fix.new:
        message += "\n\nProposed:\n" + plain(finding.fix.new)
    return _command(_COMMANDS[finding.severity], properties, message)


def failed(failure: Failure) -> str:
    properties = {
        "file": failure.path,
        "line": str(failure.line + 1),
        "title": "Postil could not review this",
    }
    return _command("error", properties, plain(failure.message))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties.items())
    return f"::{name} {written}::{_escape(message)}"


def _escape(text: str, more: str = "") -> str:
    """`%` first: an escape must not be escaped again."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
