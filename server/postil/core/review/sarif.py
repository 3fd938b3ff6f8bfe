"""Findings as SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from postil.core.persona.persona import Persona
from postil.core.review.finding import Finding, Fix, Severity, Span
from postil.core.text.plain import one_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}
# The base of relative paths in a log.
ROOT = "SRCROOT"

# An object of a SARIF log, whose shape the standard defines.
JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding and the place of its unit. `path` is relative to the root with `/`, or absolute outside it. `source`
    are the file's lines without their ends, `first_line` is the unit's first line in it (0-based), `newline` the file's
    line end."""

    path: str
    finding: Finding
    first_line: int
    source: tuple[str, ...]
    unit_name: str = ""
    newline: str = "\n"

    @property
    def lines(self) -> Span:
        """Lines of the file."""
        return self.finding.lines.shifted(self.first_line)


@dataclass(frozen=True, slots=True)
class Failure:
    """A part of a file, of so many units, that could not be reviewed."""

    path: str
    line: int
    message: str
    units: int = 1


def to_sarif(
    findings: Sequence[PlacedFinding],
    personas: Sequence[Persona],
    *,
    version: str,
    root_uri: str | None = None,
    failures: Sequence[Failure] = (),
    properties: JsonObject | None = None,
) -> JsonObject:
    """A SARIF log with one run: a rule for each persona, a result for each finding. `root_uri` is the `file:` URI of
    the folder that paths are relative to; `properties` go into the run's property bag."""
    names = [persona.name for persona in personas]
    run: JsonObject = {
        "tool": {
            "driver": {
                "name": "Postil",
                "semanticVersion": version,
                "version": version,
                "rules": [_rule(persona) for persona in personas],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(failures)],
        "results": [_result(finding, names) for finding in findings],
    }
    if root_uri:
        run["originalUriBaseIds"] = {ROOT: {"uri": root_uri if root_uri.endswith("/") else root_uri + "/"}}
    if properties:
        run["properties"] = properties
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(persona: Persona) -> JsonObject:
    title = persona.title or persona.name
    return {
        "id": f"postil/{persona.name}",
        "name": "".join(word.capitalize() for word in persona.name.replace("_", "-").split("-")),
        "shortDescription": {"text": f"A note of Postil's persona {title}."},
        "fullDescription": {"text": f"A language model on the user's own machine read this code as {title}."},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["ai", persona.role], "precision": "medium"},
    }


def _invocation(failures: Sequence[Failure]) -> JsonObject:
    invocation: JsonObject = {"executionSuccessful": not failures}
    if failures:
        invocation["toolExecutionNotifications"] = [
            {
                "level": "error",
                "message": {"text": one_line(failure.message)},
                "locations": [location(failure.path, {"startLine": failure.line + 1})],
            }
            for failure in failures
        ]
    return invocation


def _result(placed: PlacedFinding, names: Sequence[str]) -> JsonObject:
    finding = placed.finding
    place = location(placed.path, _region(placed))
    if placed.unit_name:
        place["logicalLocations"] = [{"fullyQualifiedName": placed.unit_name}]
    result: JsonObject = {
        "ruleId": f"postil/{finding.persona}",
        "level": _LEVELS[finding.severity],
        "message": {"text": one_line(finding.message) or "Look at this code again."},
        "locations": [place],
        "partialFingerprints": {"postilFindingId/v1": finding.id},
        "rank": round(100 * min(1.0, max(0.0, finding.score)), 1),
        "properties": {
            "score": round(finding.score, 4),
            "method": finding.method,
            "persona": finding.persona,
        },
    }
    if finding.persona in names:
        result["ruleIndex"] = names.index(finding.persona)
    if finding.fix is not None:
        result["fixes"] = [_fix(placed, finding.fix)]
    return result


def artifact(path: str) -> JsonObject:
    """An artifactLocation: relative to the root, or a `file:` URI of a path outside it."""
    if path.startswith("/") or path[1:2] == ":":
        return {"uri": "file:///" + quote(path.lstrip("/"), safe="/:")}
    return {"uri": quote(path, safe="/"), "uriBaseId": ROOT}


def location(path: str, region: JsonObject) -> JsonObject:
    """A location: a region (1-based lines and columns) of a file."""
    return {"physicalLocation": {"artifactLocation": artifact(path), "region": region}}


def _region(placed: PlacedFinding) -> JsonObject:
    """1-based lines and columns; the end column is exclusive."""
    lines = placed.lines
    region: JsonObject = {"startLine": lines.first + 1, "endLine": max(lines.last, lines.first + 1)}
    if placed.finding.columns is not None:
        region["startColumn"] = placed.finding.columns[0] + 1
        region["endColumn"] = placed.finding.columns[1] + 1
    region["snippet"] = {"text": placed.finding.quote}
    return region


def _fix(placed: PlacedFinding, fix: Fix) -> JsonObject:
    span = fix.span.shifted(placed.first_line)
    deleted, inserted = replacement(placed.source, span, fix.new)
    change = {
        "artifactLocation": artifact(placed.path),
        "replacements": [
            {"deletedRegion": deleted, "insertedContent": {"text": inserted.replace("\n", placed.newline)}}
        ],
    }
    return {"description": {"text": "Use the code that the model proposes."}, "artifactChanges": [change]}


def replacement(source: Sequence[str], span: Span, new: str) -> tuple[dict[str, int], str]:
    """The region to delete for the whole lines `span` (1-based, end column exclusive), and the text to insert there.

    `new == ""` deletes the lines with their line end; an empty span inserts whole lines.
    """
    total = len(source)
    if span.first < span.last:
        if new or total == span.last - span.first:
            return _between(span.first, 0, span.last - 1, len(source[span.last - 1])), new
        if span.last < total:
            return _between(span.first, 0, span.last, 0), ""
        return _between(span.first - 1, len(source[span.first - 1]), total - 1, len(source[-1])), ""
    if span.first < total:
        return _between(span.first, 0, span.first, 0), new + "\n"
    last = len(source[-1]) if source else 0
    return _between(max(total - 1, 0), last, max(total - 1, 0), last), "\n" + new


def _between(first: int, start: int, last: int, end: int) -> dict[str, int]:
    return {"startLine": first + 1, "startColumn": start + 1, "endLine": last + 1, "endColumn": end + 1}
