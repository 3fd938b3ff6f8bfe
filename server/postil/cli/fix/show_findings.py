"""The result of `postil fix --tool` and `--sarif` as text, JSON or SARIF, and its progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from postil import __version__
from postil.cli.fix.show import JSON_SCHEMA_VERSION, Shown, cost_json, tell
from postil.cli.report.json import json_text
from postil.core.review.finding import Span
from postil.core.review.sarif import JsonObject
from postil.core.text.plain import one_line, plain_lines
from postil.core.verify.findings.to_sarif import FileChange, VerifiedResult, verified_sarif
from postil.service.verify.events import Ended, Fixed
from postil.service.verify.findings.events import (
    FindingResult,
    FindingsEnded,
    FindingsEvent,
    FindingsFound,
    FindingStarted,
)

_WORDS = {"fixed": "fixed", "also": "fixed", "gone": "gone", "unfixed": "not fixed", "left": "not looked at"}


@dataclass(slots=True)
class ShownFindings:
    """Collects the events for the result, and tells of them as they come."""

    inner: Shown = field(default_factory=Shown)
    ended: FindingsEnded | None = None

    def event(self, event: FindingsEvent) -> None:
        match event:
            case FindingsFound(targets, others, left):
                more = f", {others} others" if others else ""
                tell(f"{len(targets)} {'finding' if len(targets) == 1 else 'findings'} to mend{more}")
                for reason, count in left:
                    tell(f"{count} left out: {reason}")
            case FindingStarted(number, total, finding):
                tell(f"finding {number} of {total}: {finding.place}: {finding.title}: {one_line(finding.message)}")
            case FindingResult(finding, ending, words):
                tell(f"  {_WORDS[ending]}: {one_line(words)}")
            case FindingsEnded():
                self.ended = event
            case _:
                self.inner.event(event)


def findings_text(ended: FindingsEnded) -> str:
    """A line for each finding, then the differences, which `git apply` takes."""
    lines = [f"{ended.words}" if ended.total else f"{ended.words}."]
    for one in ended.results:
        finding = one.finding
        said = f"{finding.place}: {finding.title}: {one_line(finding.message)}"
        lines.append(f"  {_WORDS[one.ending]}: {said}")
        lines.append(f"      {one_line(one.words)}")
        lines += [f"      look at it: {one_line(warning)}" for warning in (one.fixed.warnings if one.fixed else ())]
    text = "\n".join(lines) + "\n"
    return text + "".join(f"\n{plain_lines(change.difference)}" for change in ended.changes)


def findings_json(ended: FindingsEnded, command: str, *, applied: bool) -> str:
    """`{schema, tool, command, words, findings, diff, cost}`. Lines count from 1, the last one included."""
    document: JsonObject = {
        "schema": JSON_SCHEMA_VERSION,
        "version": __version__,
        "tool": ended.name,
        "command": command,
        "words": ended.words,
        "total": ended.total,
        "fixed": ended.mended,
        "findings": [_finding(one) for one in ended.results],
        "diff": "".join(change.difference for change in ended.changes),
        "applied": applied,
        "cost": cost_json(ended.cost),
    }
    return json_text(document) + "\n"


def _finding(one: FindingResult) -> JsonObject:
    finding = one.finding
    return {
        "path": finding.path,
        "line": finding.span.first + 1,
        "end_line": finding.span.last,
        "rule": finding.rule,
        "message": finding.message,
        "ending": one.ending,
        "verified": one.ending in ("fixed", "also"),
        "verdict": one.words,
        "diff": one.fixed.difference if one.fixed is not None else None,
        "warnings": list(one.fixed.warnings) if one.fixed is not None else [],
    }


def findings_sarif(ended: FindingsEnded, root: Path) -> str:
    """The findings with their fixes as SARIF. Of a file with several fixes each result has all of them, because one
    alone was not what the tool passed."""
    whole = {change.path: change for change in ended.changes}
    results: list[VerifiedResult] = []
    for one in ended.results:
        finding, fixed = one.finding, one.fixed
        fix = None
        if fixed is not None:
            change = whole[fixed.patch.path]
            fix = file_change(fixed, change.original, change.new)
        rule = "/".join(part for part in (finding.tool, finding.rule) if part)
        warnings = fixed.warnings if fixed is not None else ()
        results.append(
            VerifiedResult(rule, finding.message, finding.path, finding.span, one.ending, one.words, fix, warnings)
        )
    summary: JsonObject = {"total": ended.total, "fixed": ended.mended, "cost": cost_json(ended.cost)}
    properties: JsonObject = {"summary": summary}
    return json_text(verified_sarif(results, version=__version__, root_uri=root.as_uri(), properties=properties)) + "\n"


def check_sarif(shown: Shown, ended: Ended, command: str, root: Path) -> str:
    """The failure of a check with its fix as SARIF; no result when nothing failed."""
    results: list[VerifiedResult] = []
    fixes = {one.test: one.fixed for one in ended.fixes}
    # A fix was checked with those before it in the same file: alone it was not what passed.
    whole = {change.path: change for change in ended.changes}
    for complained in shown.failures:
        fixed = fixes.get(complained.complaint.test)
        suspect = next(iter(shown.suspects), None) if len(shown.failures) == 1 else None
        place = next(iter(complained.complaint.places), None)
        path, span = (place.path, Span(place.line, place.line + 1)) if place else ("", Span(0, 1))
        if suspect is not None:
            path, span = suspect.path, Span(suspect.unit.first_line, suspect.unit.last_line)
        fix, warnings = None, ()
        if fixed is not None:
            unit = fixed.patch.unit
            path, span, warnings = fixed.patch.path, Span(unit.first_line, unit.last_line), fixed.warnings
            fix = file_change(fixed, whole[path].original, whole[path].new)
        message = f"{complained.complaint.title} fails: {complained.complaint.words}"
        ending, words = (ended.ending, ended.words) if fixed is None else ("fixed", fixed.verdict.words)
        results.append(VerifiedResult("check", message, path, span, ending, words, fix, warnings))
    properties: JsonObject = {"check": command, "ending": ended.ending, "cost": cost_json(ended.cost)}
    return json_text(verified_sarif(results, version=__version__, root_uri=root.as_uri(), properties=properties)) + "\n"


def file_change(fixed: Fixed, original: bytes, new: bytes) -> FileChange:
    """A file of a fix as lines."""
    before, after = (data.decode(fixed.encoding, "replace") for data in (original, new))
    newline = "\r\n" if "\r\n" in before else "\n"
    old, changed = (tuple(text.replace("\r\n", "\n").split("\n")) for text in (before, after))
    return FileChange(fixed.patch.path, old, changed, newline)
