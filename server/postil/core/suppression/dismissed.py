"""The findings on one text that are hidden, by its comments or by the workspace's baseline."""

from __future__ import annotations

from postil.core.review.finding import Finding, Span
from postil.core.suppression.baseline import Baseline, Surroundings
from postil.core.suppression.comments import ignored
from postil.core.text.positions import split_lines


class Dismissed:
    """The hidden findings of a file's text. `path` as in `Dismissal`."""

    def __init__(self, text: str, path: str, language: str, baseline: Baseline) -> None:
        self._ignored = ignored(text, language)
        self._baseline = baseline
        self._path = path
        self._language = language
        self._lines = split_lines(text) if baseline else []

    def hides(self, finding: Finding, unit: str, span: Span) -> bool:
        """Whether a finding in the unit of this name, on these lines of the text, is hidden."""
        if self._ignored.hides(finding.persona, span):
            return True
        where = Surroundings(self._path, self._language, unit, self._lines, span)
        return bool(self._baseline) and self._baseline.hides(finding, where)
