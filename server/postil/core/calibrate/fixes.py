"""Which commits mend something, and which function a commit has mended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postil.core.review.same_meaning import same_meaning
from postil.core.syntax.split import split_units
from postil.core.syntax.tree import same_code, standalone
from postil.core.syntax.units import Unit
from postil.core.text.changed import changed_rows

# Of a subject, the words with which people say that they mend something.
_SPEAKS = re.compile(
    r"\b(?:fix(?:e[sd]|ing)?|bug(?:fix)?|mend(?:s|ed)?|repair(?:s|ed)?|correct(?:s|ed)?|regression|crash(?:e[sd])?"
    r"|wrong(?:ly)?|off[- ]by[- ]one|leak(?:s|ed)?|race|deadlock)\b|修复|修正|修改错误|解决",
    re.IGNORECASE,
)
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


def speaks_of_fix(subject: str) -> bool:
    """Whether the first line of a commit's message says that it mends code."""
    return bool(_SPEAKS.search(subject)) and not _OTHER.search(subject)


def mended(before: str, after: str, language: str) -> Mended | None:
    """The one function in which two texts of a file differ in meaning; None where it isn't exactly one with a small
    change, or one of them can't be told by its name."""
    old, new = (_by_name(text, language) for text in (before, after))
    changed = [name for name in old.keys() & new.keys() if old[name].text != new[name].text]
    meant = [name for name in changed if not _same(old[name], new[name])]
    if len(meant) != 1:
        return None
    a, b = old[meant[0]], new[meant[0]]
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
    return same_code(one, other, a.language) or (a.language == "python" and same_meaning(one, other))
