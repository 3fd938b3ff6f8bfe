"""Where a quoted piece of code stands: exactly, blind to white space, or nearly."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from postil.core.finding import Span

How = Literal["exact", "whitespace", "fuzzy"]

# Below 85 of 100 two short lines of one program resemble each other by their idiom alone; a second place that
# comes within 5 makes the first a guess.
FUZZY_SCORE = 85.0
FUZZY_MARGIN = 5.0
# A shorter quote (`}`, `i += 1`) stands for anything unless it is a whole line.
MIN_PART = 6
MAX_QUOTE_LINES = 40

_NUMBER = re.compile(r"^\s*\d+\s*[|:]\s?")


@dataclass(frozen=True, slots=True)
class Anchored:
    """Lines of the text, and how they were found."""

    span: Span
    how: How


def anchor(quote: str, lines: Sequence[str]) -> Anchored | None:
    """The place of `quote` in `lines`; None when it stands nowhere or in several places alike."""
    wanted = [_NUMBER.sub("", line).rstrip() for line in quote.strip("\n").split("\n")]
    wanted = [line for line in wanted if line.strip()][:MAX_QUOTE_LINES]
    if not wanted:
        return None
    bare = [line.strip() for line in wanted]
    squeezed = ["".join(line.split()) for line in wanted]
    ways: tuple[tuple[How, Callable[[int], bool]], ...] = (
        ("exact", lambda row: [line.rstrip() for line in lines[row : row + len(wanted)]] == wanted),
        ("whitespace", lambda row: [line.strip() for line in lines[row : row + len(wanted)]] == bare),
        ("whitespace", lambda row: ["".join(x.split()) for x in lines[row : row + len(wanted)]] == squeezed),
    )
    for how, matches in ways:
        rows = [row for row in range(len(lines) - len(wanted) + 1) if matches(row)]
        if rows:
            return Anchored(Span(rows[0], rows[0] + len(wanted)), how) if len(rows) == 1 else None
    if len(bare) == 1 and len(bare[0]) >= MIN_PART:
        rows = [row for row, line in enumerate(lines) if bare[0] in line]
        if rows:
            return Anchored(Span(rows[0], rows[0] + 1), "exact") if len(rows) == 1 else None
    return _fuzzy(bare, lines)


def _fuzzy(bare: Sequence[str], lines: Sequence[str]) -> Anchored | None:
    from rapidfuzz import fuzz

    joined = "\n".join(bare)
    if len(joined) < MIN_PART:
        return None
    count = len(bare)
    scored = sorted(
        (
            (fuzz.ratio(joined, "\n".join(line.strip() for line in lines[row : row + count])), row)
            for row in range(len(lines) - count + 1)
        ),
        reverse=True,
    )
    if not scored or scored[0][0] < FUZZY_SCORE:
        return None
    if len(scored) > 1 and scored[0][0] - scored[1][0] < FUZZY_MARGIN:
        return None
    return Anchored(Span(scored[0][1], scored[0][1] + count), "fuzzy")
