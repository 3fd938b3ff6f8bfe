"""The report as one JSON document, or as one SARIF log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from postil import __version__
from postil.cli.report.report import Report
from postil.core.review.sarif import PlacedFinding, to_sarif
from postil.core.syntax.units import Unit
from postil.engine.json_values import JsonObject
from postil.service.review.events import ReviewEvent
from postil.service.review.targets import ReviewedFile

# Increased when a key is removed or changes its meaning, not for new keys.
JSON_SCHEMA_VERSION = 1

# Valid in JSON, but able to steer a terminal or to break UTF-8; inside a JSON string an escape says the same.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class DocumentReporter:
    """Writes one document at the end."""

    def __init__(self, make: Callable[[Report], JsonObject], write: Callable[[str], object]) -> None:
        self._make = make
        self._write = write

    def reading(self, file: ReviewedFile, unit: Unit, number: int, total: int) -> None:
        """Nothing: a document has no progress."""

    def event(self, file: ReviewedFile, event: ReviewEvent) -> None:
        """Nothing: the report holds it all."""

    def finish(self, report: Report) -> None:
        self._write(json_text(self._make(report)) + "\n")


def json_text(value: object) -> str:
    """JSON that is safe to print and always encodes to UTF-8."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def document(report: Report) -> JsonObject:
    """`{schema, files, skipped, findings, failures, summary}`. Lines and columns count from 1; `end_line` is
    inclusive, `end_column` exclusive."""
    usage = report.usage
    return {
        "schema": JSON_SCHEMA_VERSION,
        "version": __version__,
        "files": list(report.files),
        "skipped": [{"path": s.path.as_posix(), "reason": s.reason} for s in report.skipped],
        "findings": [_finding(placed) for placed in report.findings],
        "failures": [{"path": f.path, "line": f.line + 1, "message": f.message} for f in report.failures],
        "summary": {
            "engine": report.engine,
            "model": report.model,
            "personas": [persona.name for persona in report.personas],
            "findings": len(report.findings),
            "units": report.units,
            "units_not_reviewed": report.not_reviewed,
            "cached_units": report.cached,
            "prompt_tokens": usage.prompt_tokens,
            "cached_prompt_tokens": usage.cached_tokens,
            "output_tokens": usage.output_tokens,
            "seconds": round(report.seconds, 3),
            "dropped": dict(report.dropped),
            "definitions_left_out": report.untold,
            "notes": list(report.notes),
            "interrupted": report.interrupted,
        },
    }


def _finding(placed: PlacedFinding) -> JsonObject:
    finding, lines = placed.finding, placed.lines
    found: JsonObject = {
        "id": finding.id,
        "path": placed.path,
        "line": lines.first + 1,
        "end_line": max(lines.last, lines.first + 1),
        "column": finding.columns[0] + 1 if finding.columns else None,
        "end_column": finding.columns[1] + 1 if finding.columns else None,
        "severity": finding.severity.name.lower(),
        "persona": finding.persona,
        "method": finding.method,
        "score": round(finding.score, 4),
        "message": finding.message,
        "unit": placed.unit_name,
        "code": finding.quote,
        "fix": None,
    }
    if finding.fix is not None:
        span = finding.fix.span.shifted(placed.first_line)
        # Whole lines: `line`..`end_line` go, `new` comes; end_line == line - 1 inserts before `line`.
        found["fix"] = {
            "line": span.first + 1,
            "end_line": span.last,
            "old": finding.fix.old,
            "new": finding.fix.new,
        }
    return found


def sarif(report: Report, root: Path) -> JsonObject:
    """The report as a SARIF log whose relative paths start from `root`."""
    summary = document(report)["summary"]
    return to_sarif(
        report.findings,
        report.personas,
        version=__version__,
        root_uri=root.as_uri(),
        failures=report.failures,
        properties={"summary": summary},
    )
