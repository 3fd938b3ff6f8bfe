"""What a vector of a chunk is made of: where the chunk stands, whose definitions it has, and its code, in words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from postil.core.context.values import SMALL, Symbol

# Characters of the code: more is beyond the context of every model that embeds quickly, and a minified file has one
# line.
_MOST_CHARS = 6_000
# Definitions of one chunk that are named before its code.
_MOST_NAMED = 4
_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])_+(?=[A-Za-z])")


def spaced(text: str) -> str:
    """The text with the parts of its names apart (`readFile`, `read_file`): a model that was trained on prose doesn't
    know them otherwise."""
    return _JOINT.sub(" ", text)


def headings(symbols: Iterable[Symbol], spans: Iterable[tuple[int, int]]) -> list[str]:
    """What the code of each span of rows belongs to: the innermost definition around it, with the first line of its
    documentation, and the definitions that begin in it, one a line. The spans are in their order."""
    large = sorted((one for one in symbols if one.kind not in SMALL), key=lambda one: one.first)
    firsts = [one.first for one in large]
    around: list[Symbol] = []
    found: list[str] = []
    seen = 0
    for first, last in spans:
        begin, end = bisect_left(firsts, first), bisect_left(firsts, last)
        for symbol in large[seen:begin]:
            around = [*(one for one in around if one.last > symbol.first), symbol]
        seen = begin
        around = [one for one in around if one.last > first]
        owner = [f"{one.qualified}: {one.doc}" if one.doc else one.qualified for one in around[-1:]]
        found.append("\n".join(owner + [one.qualified for one in large[begin : min(end, begin + _MOST_NAMED)]]))
    return found


def described(path: str, heading: str, lines: Sequence[str]) -> str:
    """The text that a vector is made of."""
    code = "\n".join(lines)[:_MOST_CHARS]
    return spaced("\n".join(part for part in (path.replace("/", " "), heading, code) if part))
