"""Fixes that were applied, whose lines their persona reads once more: whether it is content with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from postil.core.review.finding import Span
from postil.service.review.document_run import Run
from postil.service.review.findings import FindingsStore, Placed


@dataclass(slots=True)
class AppliedFixes:
    """By URI: the persona, and the lines that its fix has inserted."""

    _waiting: dict[str, tuple[str, Span]] = field(default_factory=dict[str, tuple[str, Span]])

    def read_again(self, uri: str, persona: str, lines: Span) -> None:
        """Its next run tells."""
        self._waiting[uri] = persona, lines

    def left(self, run: Run, findings: FindingsStore, shown: Collection[Placed]) -> str:
        """At the end of a run: a sentence for the user if the persona still has notes on the lines of its own fix, of
        those that are `shown`; otherwise ""."""
        applied = self._waiting.pop(run.uri, None)
        if applied is None or run.failed:
            return ""
        persona, lines = applied
        left = [one for one in findings.touching(run.uri, persona, lines) if one in shown]
        if not left:
            return ""
        return f"{persona} is not content with the fix: see its note on line {left[0].span.first + 1}."
