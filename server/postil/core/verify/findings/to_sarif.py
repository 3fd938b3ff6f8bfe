"""Fixes that a check has passed as SARIF 2.1.0: results with `fixes`, and the verdict in their properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from postil.core.review.finding import Span
from postil.core.review.sarif import ROOT, SCHEMA, JsonObject, artifact, location, replacement
from postil.core.text.plain import one_line


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's lines without their ends, before and after; `newline`: its line end."""

    path: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    newline: str = "\n"


@dataclass(frozen=True, slots=True)
class VerifiedResult:
    """A complaint, and what came of it. `fix`: the change of its file, None without one; `verdict`: the check's words;
    `ending`: in one word."""

    rule: str
    message: str
    path: str
    span: Span
    ending: str
    verdict: str
    fix: FileChange | None = None
    warnings: tuple[str, ...] = ()


def verified_sarif(
    results: Sequence[VerifiedResult], *, version: str, root_uri: str, properties: JsonObject
) -> JsonObject:
    """A log with one run: a result for each complaint, a rule for each of theirs."""
    rules = list(dict.fromkeys(one.rule for one in results))
    run: JsonObject = {
        "tool": {
            "driver": {
                "name": "Postil",
                "semanticVersion": version,
                "version": version,
                "rules": [{"id": rule, "shortDescription": {"text": f"A complaint of {rule}."}} for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {ROOT: {"uri": root_uri if root_uri.endswith("/") else root_uri + "/"}},
        "results": [_result(one, rules) for one in results],
        "properties": properties,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(one: VerifiedResult, rules: list[str]) -> JsonObject:
    result: JsonObject = {
        "ruleId": one.rule,
        "ruleIndex": rules.index(one.rule),
        "level": "warning",
        "message": {"text": one_line(one.message) or "A check complains."},
        "properties": {
            "verified": one.fix is not None,
            "verdict": one_line(one.verdict),
            "ending": one.ending,
            "warnings": [one_line(warning) for warning in one.warnings],
        },
    }
    if one.path:
        region: JsonObject = {"startLine": one.span.first + 1, "endLine": max(one.span.last, one.span.first + 1)}
        result["locations"] = [location(one.path, region)]
    if one.fix is not None:
        change: JsonObject = {"artifactLocation": artifact(one.fix.path), "replacements": _replacements(one.fix)}
        result["fixes"] = [{"description": {"text": f"Verified: {one_line(one.verdict)}"}, "artifactChanges": [change]}]
    return result


def _replacements(fix: FileChange) -> list[JsonObject]:
    """A replacement for each run of changed lines."""
    found: list[JsonObject] = []
    matcher = SequenceMatcher(None, fix.before, fix.after, autojunk=False)
    for what, first, last, start, end in matcher.get_opcodes():
        if what != "equal":
            new = "\n".join(fix.after[start:end])
            if what == "replace" and not new:
                # The lines became one empty line, which isn't their removal.
                deleted: dict[str, int] = {
                    "startLine": first + 1,
                    "startColumn": 1,
                    "endLine": last,
                    "endColumn": len(fix.before[last - 1]) + 1,
                }
                inserted = new
            else:
                deleted, inserted = replacement(fix.before, Span(first, last), new)
            found.append({"deletedRegion": deleted, "insertedContent": {"text": inserted.replace("\n", fix.newline)}})
    return found
