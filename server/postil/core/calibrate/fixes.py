"""Which commits mend something, and which function a commit has mended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.syntax.split import split_units
from postil.core.syntax.tree import same_code, standalone
from postil.core.syntax.units import Unit
from postil.core.text.changed import changed_rows

# Of a subject, the words with which people say that they mend something.
_SPEAKS = re.compile(
    r"\b(?:fix(?:e[sd]|ing)?|bug(?:fix)?|mend(?:s|ed)?|repair(?:s|ed)?|correct(?:s|ed)?|regression|crash(?:e[sd])?"
    r"|wrong(?:ly)?|off[- ]by[- ]one|leak(?:s|ed)?|race|deadlock|broken|prevent(?:s|ed)?|avoid(?:s|ed)?|no longer"
    r"|don't|doesn't|missing|forgotten)\b|修复|修正|修改错误|解决",
    re.IGNORECASE,
)
# "Fixes #123" in the body; what a commit "closes" may be a wish.
_CLOSES = re.compile(r"\bfix(?:e[sd])?:? +(?:[\w./-]*#\d+|https?://)", re.IGNORECASE)
# Of these the words "fix" and "correct" say something else.
_OTHER = re.compile(
    r"\b(?:typos?|docs?|doc ?strings?|comments?|readme|changelog|lint|format(?:ting)?|style|spelling|grammar|links?"
    r"|tests?|ci|build|merge|revert|bump|version|release|types?|typing|mypy|ruff|flake8|warnings?)\b",
    re.IGNORECASE,
)
# A larger change is more than a fix.
MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Mended:
    """A function before and after a fix. `rows`: the 0-based lines of `before` that were wrong."""

    before: Unit
    after: Unit
    rows: frozenset[int]


def speaks_of_fix(subject: str, body: str = "") -> bool:
    """Whether a commit's message says that it mends code: its first line, or the issue that its body closes."""
    return bool(_SPEAKS.search(subject) or _CLOSES.search(body)) and not _OTHER.search(subject)


def changed_functions(before: str, after: str, language: str) -> list[tuple[Unit, Unit]]:
    """The functions in which two texts of a file differ in meaning, before and after; those that came or went left
    aside."""
    old, new = (_by_name(text, language) for text in (before, after))
    both = [(unit, new[name]) for name, unit in old.items() if name in new and unit.text != new[name].text]
    return [(a, b) for a, b in both if not _same(a, b)]


def mended(changed: Sequence[tuple[Unit, Unit]]) -> Mended | None:
    """The one function that a commit has changed; None where it isn't exactly one with a small change."""
    if len(changed) != 1:
        return None
    a, b = changed[0]
    rows = changed_rows(b.text, a.text)
    other = changed_rows(a.text, b.text)
    if not rows or other is None or len(rows) > MOST_LINES or len(other) > MOST_LINES:
        return None
    return Mended(a, b, rows)


def _by_name(text: str, language: str) -> dict[str, Unit]:
    """The functions whose names occur once."""
    found: dict[str, list[Unit]] = {}
    for unit in split_units(text, language):
        if unit.kind in ("function", "method"):
            found.setdefault(unit.name, []).append(unit)
    return {name: units[0] for name, units in found.items() if len(units) == 1}


def _same(a: Unit, b: Unit) -> bool:
    one, other = (standalone(unit.text, unit.language, unit.kind) for unit in (a, b))
    return same_code(one, other, a.language)
