"""A finding: a persona's remark on lines of a unit, with its fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Literal

from postil.core.change.words import Language, Standing


class Severity(IntEnum):
    """Numbers and names of LSP's DiagnosticSeverity."""

    ERROR = 1
    WARNING = 2
    INFORMATION = 3
    HINT = 4

    @classmethod
    def parse(cls, name: str) -> Severity:
        """From `error`, `warning`, `information` (or `info`) or `hint`; ValueError otherwise."""
        key = name.strip().upper()
        try:
            return cls["INFORMATION" if key == "INFO" else key]
        except KeyError:
            raise ValueError(f"unknown severity {name!r}: use error, warning, information or hint") from None


@dataclass(frozen=True, slots=True)
class Span:
    """Whole lines of a text, 0-based, `last` exclusive. An empty span is a place between two lines."""

    first: int
    last: int

    def shifted(self, lines: int) -> Span:
        return Span(self.first + lines, self.last + lines)


@dataclass(frozen=True, slots=True)
class Fix:
    """Whole lines that replace `span`, counted as the finding's lines are.

    `old` is the text that must still be there, `new` its replacement. Lines are separated by `\\n`; there is no final
    line end. `old == ""` with an empty span is an insertion, `new == ""` a deletion.
    """

    span: Span
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One note. Lines count from the unit's first line (0-based), columns in code points.

    `lines` is never empty: an insertion is at the line before which it goes, or at the unit's last. `quote` is the
    reviewed text of these lines, separated by `\\n`. `score` (0..1) is the method's confidence, on which it depends
    what is shown. `standing`: what stands behind it. `language`: of the message. `words`: the model's own, where
    there are any. `message` may still grow while
    `streaming`."""

    persona: str
    method: Literal["edit", "list"]
    unit: str
    lines: Span
    quote: str
    message: str
    severity: Severity
    score: float
    fix: Fix | None = None
    columns: tuple[int, int] | None = None
    streaming: bool = False
    standing: Standing = "unmeasured"
    language: Language = "en"
    words: str = ""

    @property
    def id(self) -> str:
        """The same in every run: a digest of persona, unit, place and fix."""
        new = self.fix.new if self.fix else ""
        key = f"{self.persona}\0{self.unit}\0{self.lines.first}\0{self.lines.last}\0{self.quote}\0{new}"
        return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning about a file that the user wrote. Line and column are 0-based, in code points."""

    line: int
    column: int
    message: str
    severity: Severity = Severity.ERROR
    end_column: int | None = None
