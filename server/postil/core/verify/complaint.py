"""A complaint: who says that something is wrong, in which words, and at which places."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from postil.core.syntax.units import Unit
from postil.core.verify.outcome import Outcome
from postil.core.verify.places import Place, inside

# Some 500 tokens: a test, what it expected and what it got. A trace of more is frames of libraries.
WORDS_CHARS = 1600
# Of a failing test, the lines that are shown: what it prepares before the line that failed, and little behind it.
_LINES_BEFORE, _LINES_BEHIND = 16, 3
# What runtimes and runners add to every failure, and frames of theirs: there is more of it than of the code's own.
_NOISE = re.compile(
    r"\n[ \t]*(?:at [^\n]*(?:node:internal|/node_modules/)[^\n]*|at /rustc/[^\n]*"
    r"|\d+: (?:core|std|test|rust_begin_unwind|__rustc|<fn)\b[^\n]*"
    r"|generatedMessage: (?:true|false),?|operator: '\w+',?|code: 'ERR_ASSERTION',?)(?=\n|$)"
    r"|\n(?:note: (?:Some details are omitted|run with `RUST_BACKTRACE)|Node\.js v\d|error: test failed,)[^\n]*"
    r"|\nnode:internal/[^\n]*\n[^\n]*\n[ \t]*\^\n"
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """`test` is "" for a command that tells of no tests. `words` are cut to what a model needs. `finding`: a tool found
    it in the code; nothing was run. `source`: the failing test's own, where the words don't show it."""

    test: str
    words: str
    places: tuple[Place, ...]
    finding: bool = False
    source: str = ""

    @property
    def told(self) -> str:
        """The failure as a model is told it."""
        return f"{self.source}\n\n{self.words}" if self.source else self.words

    @property
    def title(self) -> str:
        return self.test or "the command"


def complaint_of(outcome: Outcome, test: str | None) -> Complaint:
    """The complaint of a failing test, or of a failing command when `test` is None."""
    found = (outcome.tests or {}).get(test) if test is not None else None
    if found is None:
        return Complaint("", shortened(outcome.text), outcome.places)
    return Complaint(found.name, shortened(found.words or outcome.text), found.places or outcome.places)


def shortened(words: str, most: int = WORDS_CHARS) -> str:
    """The beginning and, twice as much, the end of a text, in whole lines: a failure begins with the test and ends with
    the error."""
    words = _NOISE.sub("", f"\n{words}").strip("\n")
    if len(words) <= most:
        return words
    third = most // 3
    head, tail = words[:third].rpartition("\n")[0], words[-2 * third :].partition("\n")[2]
    return f"{head}\n…\n{tail}" if tail else f"{head}\n…\n{words[-2 * third :]}"


def excerpt(unit: Unit, line: int) -> str:
    """The lines of a test up to the one that failed (`line`, 0-based in its file), and few behind it."""
    at = line - unit.first_line
    shown = unit.lines[max(0, at - _LINES_BEFORE) : at + _LINES_BEHIND + 1]
    return shortened("\n".join(shown).strip("\n"))


def with_source(complaint: Complaint, source: str) -> Complaint:
    """The complaint with its test's source, unless its words show that already, as pytest's do."""
    said = {line.lstrip(" >").strip() for line in complaint.words.split("\n")}
    lines = [line.strip() for line in source.split("\n") if line.strip()]
    # A traceback shows the one line that failed.
    known = sum(line in said for line in lines)
    return complaint if known > 1 or known == len(lines) else replace(complaint, source=source)


def in_workspace(complaint: Complaint, root: str, folder: str) -> Complaint:
    """A complaint that was told in the `folder` of the copy at `root`, with paths relative to the workspace; places
    elsewhere are left out."""
    inner = ((inside(place.path, root, folder), place.line) for place in complaint.places)
    places = tuple(Place(path, line) for path, line in inner if path is not None)
    return replace(complaint, words=complaint.words.replace(f"{root}/", ""), places=places)
