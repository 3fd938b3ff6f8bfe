"""Finds a quoted piece of code in a text: exactly, ignoring white space, or by similarity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import rapidfuzz

from postil.core.review.finding import Span

How = Literal["exact", "whitespace", "fuzzy"]

# Of 100. Below 85 two short lines of one program are similar by their idiom alone (`self.a = a` and `self.b = b` have
# 80). If a second place is within 5 of the best, the best one is a guess.
FUZZY_SCORE = 85.0
FUZZY_MARGIN = 5.0
# Code points without white space. A shorter quote (`}`, `i += 1`) is found anywhere, unless it is a whole line.
MIN_PART = 6
# Lines and characters of a quote. With a whole file as a quote the search by similarity would be slow.
MAX_QUOTE_LINES = 40
MAX_QUOTE = 4_000

# A line number, as models write it before a line.
_NUMBER = re.compile(r"^\s*\d+\s*[|:]\s?")
_FENCE = re.compile(r"^\s*```\w*\s*$")


@dataclass(frozen=True, slots=True)
class Anchored:
    """The lines found, and how. `score` is the similarity, 0..100. `columns` (code points) if the quote is a part of
    one line."""

    span: Span
    how: How
    score: float = 100.0
    columns: tuple[int, int] | None = None


def anchor(quote: str, lines: Sequence[str], near: int | None = None) -> Anchored | None:
    """The place of `quote` in `lines`, without regard to blank lines. Of several equal places the one closest to line
    `near`. None if there is no place, or no closest one."""
    wanted = [line.rstrip() for line in quote[:MAX_QUOTE].splitlines() if line.strip() and not _FENCE.match(line)]
    wanted = wanted[:MAX_QUOTE_LINES]
    if not wanted:
        return None
    text = _Text(lines, near)
    forms = [wanted]
    if all(_NUMBER.match(line) for line in wanted):
        forms.append([line for line in (_NUMBER.sub("", line) for line in wanted) if line.strip()])
    tries = (attempt(form) for attempt in (text.equal, text.similar) for form in forms if form)
    return next((found for found in tries if found is not None), None)


class _Text:
    """The lines that aren't blank, as they are and without their margins."""

    def __init__(self, lines: Sequence[str], near: int | None) -> None:
        self._near = near
        self._rows = [row for row, line in enumerate(lines) if line.strip()]
        self._full = [lines[row].rstrip() for row in self._rows]
        self._bare = [line.strip() for line in self._full]

    def equal(self, wanted: Sequence[str]) -> Anchored | None:
        """By equal lines, else as a part of a line, else by equal characters without white space."""
        bare = [line.strip() for line in wanted]
        for have, want, how in ((self._full, wanted, "exact"), (self._bare, bare, "whitespace")):
            places = _runs_of(have, list(want))
            if places:
                return self._only(places, len(want), "exact" if how == "exact" else "whitespace")
        if _too_short(bare):
            return None
        if len(bare) == 1:
            places = [place for place, line in enumerate(self._full) if bare[0] in line]
            if places:
                return self._part(self._only(places, 1, "exact"), bare[0])
        return self._squeezed(bare)

    def _only(self, places: Sequence[int], count: int, how: How, score: float = 100.0) -> Anchored | None:
        """The only place, or the one closest to `near`."""
        best = places[0]
        if len(places) > 1:
            if self._near is None:
                return None
            near = self._near
            ranked = sorted(places, key=lambda place: abs(self._rows[place] - near))
            best = ranked[0]
            if abs(self._rows[best] - near) == abs(self._rows[ranked[1]] - near):
                return None
        return Anchored(Span(self._rows[best], self._rows[best + count - 1] + 1), how, score)

    def _part(self, found: Anchored | None, quote: str) -> Anchored | None:
        if found is None:
            return None
        line = self._full[self._rows.index(found.span.first)]
        start = line.find(quote)
        columns = (start, start + len(quote)) if line.count(quote) == 1 else None
        return Anchored(found.span, found.how, found.score, columns)

    def _squeezed(self, bare: Sequence[str]) -> Anchored | None:
        """By the quote's characters, without white space and line ends."""
        quote = "".join("".join(bare).split())
        squeezed = ["".join(line.split()) for line in self._bare]
        whole = "".join(squeezed)
        at = whole.find(quote)
        if at < 0 or whole.find(quote, at + 1) >= 0:
            return None
        seen, first, last = 0, 0, 0
        for place, line in enumerate(squeezed):
            if seen <= at:
                first = place
            if seen < at + len(quote):
                last = place
            seen += len(line)
        return Anchored(Span(self._rows[first], self._rows[last] + 1), "whitespace")

    def similar(self, wanted: Sequence[str]) -> Anchored | None:
        """By similarity, if one place is much more similar than any other."""
        bare = [line.strip() for line in wanted]
        if _too_short(bare):
            return None
        quote, count = "\n".join(bare), len(bare)
        scored = sorted(
            (
                (rapidfuzz.fuzz.ratio(quote, "\n".join(self._bare[place : place + count])), place)
                for place in range(len(self._bare) - count + 1)
            ),
            reverse=True,
        )
        if not scored or scored[0][0] < FUZZY_SCORE:
            return None
        best = scored[0][0]
        places = [place for score, place in scored if best - score < FUZZY_MARGIN]
        return self._only(places, count, "fuzzy", best)


def _runs_of(have: Sequence[str], want: list[str]) -> list[int]:
    return [
        place
        for place in range(len(have) - len(want) + 1)
        if have[place] == want[0] and list(have[place : place + len(want)]) == want
    ]


def _too_short(bare: Sequence[str]) -> bool:
    return sum(len("".join(line.split())) for line in bare) < MIN_PART
