"""Which notes on one text are not to be shown: its own comments and the workspace's baseline say so."""

from __future__ import annotations

from postil.core.review.finding import Finding, Span
from postil.core.suppression.baseline import Baseline, Surroundings
from postil.core.suppression.comments import ignored
from postil.core.text.positions import split_lines


class Dismissed:
    """What has been judged of a file's text. `path` as in `Dismissal`."""

    def __init__(self, text: str, path: str, language: str, baseline: Baseline) -> None:
        self._said = ignored(text, language)
        self._baseline = baseline
        self._path = path
        self._language = language
        self._lines = split_lines(text) if baseline else []

    def hides(self, finding: Finding, unit: str, span: Span) -> bool:
        """Whether this note in the unit of this name, on these lines of the text, is not to be shown."""
        if self._said.hides(finding.persona, span):
            return True
        where = Surroundings(self._path, self._language, unit, self._lines, span)
        return bool(self._baseline) and self._baseline.hides(finding, where)
