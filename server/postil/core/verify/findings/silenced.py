"""Refuses rewrites that switch a tool off instead of mending the code: suppressions, and types that hold anything."""

from __future__ import annotations

import re

from postil.core.syntax.split import split_units
from postil.core.verify.rewrites.candidate import own_name

_SUPPRESSIONS = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pyright:\s*\w|mypy:\s*\w|ruff:\s*\w|pylint:\s*\w|flake8:\s*\w|nosec|isort:\s*skip|fmt:\s*off)"
    r"|(?:eslint|biome|oxlint|tslint|stylelint|jshint|prettier|c8|istanbul|deno-lint)[-:\s]*(?:disable|ignore)"
    r"|@ts-(?:ignore|expect-error|nocheck)"
    r"|#!?\[\s*(?:cfg_attr\([^]]*\b)?(?:allow|expect)\s*\("
    r"|//\s*(?:nolint|lint:(?:file-)?ignore)|#nosec|shellcheck\s+disable|@SuppressWarnings|@phpstan-ignore"
    r"|no_?type_?check|NOSONAR|nosemgrep|codeql\[|lgtm\[",
    re.IGNORECASE,
)
# Types that hold anything: a type checker says nothing of what has one.
_ANYTHING = {
    "python": re.compile(r"\bAny\b|\bgetattr\(|\bsetattr\(|\bglobals\(\)|\b__dict__\b"),
    **dict.fromkeys(
        ("typescript", "typescriptreact"),
        re.compile(r"(?:\bas|:|<|\||,)\s*any\b|\bas\s+unknown\b|\bFunction\b|\w!(?=[.;,)\]\[])"),
    ),
    "go": re.compile(r"\b(?:interface\{\}|any|unsafe\.Pointer)\b|\breflect\."),
    "rust": re.compile(r"\bunsafe\b|\bdyn\s+Any\b|\btransmute\b"),
}
_WORD = re.compile(r"\w+")
# Below so many lines of code, half of them may be what was wrong.
_LEAST_LINES = 4


def silenced(language: str, old: str, text: str, message: str = "") -> str:
    """Why `text` in the place of `old` isn't asked about, as the end of a sentence about it; "" for one that is.
    `message`: of the finding, whose names may go."""
    more = _more(_SUPPRESSIONS, old, text)
    if more:
        return f"it silences the tool ({more}) instead of mending the code"
    anything = _ANYTHING.get(language)
    more = _more(anything, old, text) if anything is not None else ""
    if more:
        return f"it hides the types from the tool ({more}) instead of mending the code"
    was, now = (sum(bool(line.strip()) for line in code.split("\n")) for code in (old, text))
    if was >= _LEAST_LINES and 2 * now < was:
        return "it removes more than half of the code"
    gone = _defined(old, language) - _defined(text, language)
    gone -= set(_WORD.findall(message))
    return f"it removes `{min(gone)}`" if gone else ""


def _defined(text: str, language: str) -> set[str]:
    """The names of the functions in a text."""
    return {own_name(unit) for unit in split_units(text, language) if unit.kind in ("function", "method")}


def _more(pattern: re.Pattern[str], old: str, new: str) -> str:
    """A match that `new` has more often than `old`, "" when it has no more of them."""
    before, after = ([match[0] for match in pattern.finditer(text)] for text in (old, new))
    if len(after) <= len(before):
        return ""
    return next((one.strip() for one in after if after.count(one) > before.count(one)), after[-1].strip())
