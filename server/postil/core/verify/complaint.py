"""A complaint: who says that something is wrong, in which words, and at which places."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postil.core.verify.outcome import Outcome
from postil.core.verify.places import Place

# Some 500 tokens: a test, what it expected and what it got. A trace of more is frames of libraries.
WORDS_CHARS = 1600
# Frames of runtimes and runners: they say nothing of the code, and there are more of them than of its own.
_NOISE = re.compile(
    r"\n[ \t]*(?:at [^\n]*(?:node:internal|/node_modules/)[^\n]*|at /rustc/[^\n]*"
    r"|\d+: (?:core|std|test|rust_begin_unwind)\b[^\n]*)"
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """`test` is "" for a command that tells of no tests. `words` are cut to what a model needs. `finding`: a tool found
    it in the code; nothing was run."""

    test: str
    words: str
    places: tuple[Place, ...]
    finding: bool = False

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
    words = _NOISE.sub("", words).strip("\n")
    if len(words) <= most:
        return words
    third = most // 3
    head, tail = words[:third].rpartition("\n")[0], words[-2 * third :].partition("\n")[2]
    return f"{head}\n…\n{tail}" if tail else f"{head}\n…\n{words[-2 * third :]}"
