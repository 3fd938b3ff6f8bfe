"""Warns of patches that look as if they satisfied the check instead of doing what it asks for."""

from __future__ import annotations

import re

from postil.core.syntax.units import Unit

_LITERAL = re.compile(r"(?<![\w.])(?:\d+(?:\.\d+)?|\"[^\"\n]{2,80}\"|'[^'\n]{2,80}')(?![\w.])")
# Numbers that every program has.
_COMMON = frozenset({"0", "1", "2", "10", "100", "0.0", "1.0", "0.5"})
_TRICKS = {
    "it knows of the test runner": re.compile(
        r"PYTEST_CURRENT_TEST|\bpytest\b|\bunittest\b|\bNODE_TEST_CONTEXT\b|process\.env\b.*TEST|testing\.Testing\(|\bsys\.modules\b"
    ),
    "it looks at its callers": re.compile(r"_getframe|\binspect\.|\btraceback\.|runtime\.Caller|new Error\(\)\.stack"),
    "it changes what counts as equal": re.compile(r"def __eq__|def __ne__|impl PartialEq|\bvalueOf\b"),
    "it ends the program": re.compile(r"\bsys\.exit\(|\bos\._exit\(|process\.exit\(|\bos\.Exit\(|process::exit\("),
}


def warnings_of(unit: Unit, text: str, words: str) -> tuple[str, ...]:
    """What looks wrong about a patch that passes, as sentences. `words`: those of the failing test."""
    found = [what for what, trick in _TRICKS.items() if trick.search(text) and not trick.search(unit.text)]
    expected = {_bare(match[0]) for match in _LITERAL.finditer(words)}
    copied = dict.fromkeys(
        match[0]
        for match in _LITERAL.finditer(text)
        if match[0] not in unit.text and match[0] not in _COMMON and _bare(match[0]) in expected
    )
    if copied:
        found.append(f"it holds {', '.join(copied)} from the test")
    return tuple(found)


def _bare(literal: str) -> str:
    return literal.strip("\"'")
