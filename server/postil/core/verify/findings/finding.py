"""A finding of another tool, and which findings are the same in two runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postil.core.review.finding import Span

# Tools name other lines in their words ("redefinition of `a` from line 3"), which move with the code above them.
_LINE = re.compile(r"(?i)(\blines?\s+|\.[a-z]{1,5}:)\d+(?::\d+)?\b")
_SPACE = re.compile(r"\s+")
# How editors and command lines name the same rule: TypeScript's 2322 is TS2322, and clippy's rules have a prefix.
_PREFIX = re.compile(r"^(?:ts(?=\d)|clippy::|typescript\()")

Identity = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class ToolFinding:
    """What a tool says of lines of a file. `path` is relative to the workspace with `/`, "" for the whole project;
    `rule` is "" where the tool names none. `span`: lines (0-based, `last` exclusive)."""

    tool: str
    rule: str
    message: str
    path: str
    span: Span

    @property
    def identity(self) -> Identity:
        """What stays when the code above the finding moves. Two findings may share it: count them."""
        return self.tool, self.rule, self.path, _LINE.sub(r"\1N", _SPACE.sub(" ", self.message).strip())

    @property
    def place(self) -> str:
        """`path:line`, for people."""
        return f"{self.path}:{self.span.first + 1}" if self.path else "the project"

    @property
    def title(self) -> str:
        """The tool with its rule, for people."""
        return f"{self.tool} {self.rule}".strip()


def new_findings(before: Iterable[ToolFinding], after: Iterable[ToolFinding]) -> tuple[ToolFinding, ...]:
    """Those of `after` that `before` hasn't got, each as often as there are more of it. One that only moved is none."""
    known = Counter(one.identity for one in before)
    found: list[ToolFinding] = []
    for one in after:
        if known[one.identity] > 0:
            known[one.identity] -= 1
        else:
            found.append(one)
    return tuple(found)


def is_gone(finding: ToolFinding, before: Iterable[ToolFinding], after: Iterable[ToolFinding]) -> bool:
    """Whether there is one less of it than before."""
    was, now = (sum(one.identity == finding.identity for one in run) for run in (before, after))
    return now < was


def same_rule(one: str, other: str) -> bool:
    """Whether an editor's code and a command line's rule are the same."""
    first, second = (_PREFIX.sub("", rule.strip().casefold()).rstrip(")") for rule in (one, other))
    return first == second


def find_like(
    findings: Sequence[ToolFinding], path: str, line: int, *, rule: str = "", message: str = ""
) -> ToolFinding | None:
    """Of a tool's findings the one that a diagnostic in an editor tells of: at `path`, of the same rule or in the same
    words, the nearest to `line` (0-based). None when there is none."""
    words = _SPACE.sub(" ", message).strip()
    wanted: list[tuple[bool, int, int]] = []
    for number, one in enumerate(findings):
        if one.path != path:
            continue
        own = _SPACE.sub(" ", one.message).strip()
        said = bool(words) and bool(own) and (words == own or own in words or words in own)
        if said or (rule and same_rule(rule, one.rule)):
            wanted.append((not said, abs(one.span.first - line), number))
    return findings[min(wanted)[2]] if wanted else None
