"""Tests that stand in the file that they test: Rust's modules under `#[cfg(test)]`."""

from __future__ import annotations

import re

from postil.core.review.finding import Span
from postil.core.syntax.units import Unit

_CFG_TEST = re.compile(r"^(\s*)#\[cfg\(test\)\]")
_MODULE = re.compile(r"\bmod\s+\w+\s*\{\s*$")
# Further attributes, and comments, between the two.
_BETWEEN = 5


def inline_tests(text: str, language: str) -> tuple[Span, ...]:
    """The lines of the file's own tests (0-based, the last one excluded)."""
    if language != "rust":
        return ()
    lines, found = text.split("\n"), list[Span]()
    for number, line in enumerate(lines):
        begun = _CFG_TEST.match(line)
        if begun is None or (found and number < found[-1].last):
            continue
        near = range(number, min(number + _BETWEEN, len(lines)))
        opening = next((at for at in near if _MODULE.search(lines[at])), None)
        if opening is None:
            continue
        # As rustfmt has it: the brace that closes has the margin of the module.
        behind = range(opening + 1, len(lines))
        end = next((at for at in behind if lines[at].rstrip() == f"{begun[1]}}}"), len(lines) - 1)
        found.append(Span(number, end + 1))
    return tuple(found)


def within(unit: Unit, spans: tuple[Span, ...]) -> bool:
    """Whether a unit begins in one of them."""
    return any(span.first <= unit.first_line < span.last for span in spans)
