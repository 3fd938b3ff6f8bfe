"""The `#: key: value` comments of a persona: the keys, and the parsers of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, get_args

from postil.core.modelfile.commands import Comment
from postil.core.request import Think
from postil.core.review.finding import Problem, Severity

PersonaRole = Literal["review", "complete", "chat", "document", "test", "action", "repair", "agent"]
Method = Literal["auto", "edit", "list"]
Trigger = Literal["save", "open", "manual"]
# What becomes of an action's answer: it replaces the code, is added to the tests, or is shown.
Does = Literal["replace", "tests", "show"]
# How `think` is written: as in `ollama run --think`.
THINK: dict[str, Think] = {"false": False, "true": True, "low": "low", "medium": "medium", "high": "high"}
# What an action that replaces code may change.
Changes = Literal["everything", "comments", "wording"]

_HEADER = re.compile(r"#:(\s*)([^:]*?)\s*:(\s*)(.*?)\s*\Z", re.DOTALL)
# LSP's code action kinds: a tree, with dots between parent and child.
_KIND = re.compile(r"(quickfix|refactor|source)(\.[A-Za-z][\w-]*)*")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"use {', '.join(choices)}, not {text!r}")
        return text

    return read


def _language_ids(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _words(text))


def _triggers(text: str) -> tuple[str, ...]:
    return tuple(_choice(get_args(Trigger))(word) for word in _words(text))


def _severities(text: str) -> tuple[Severity, Severity]:
    ends = [Severity.parse(part) for part in text.split("..")]
    if len(ends) > 2:
        raise ValueError("use two severities, e.g. hint..error")
    return max(ends), min(ends)


def _think(text: str) -> Think:
    if text not in THINK:
        raise ValueError(f"use {', '.join(THINK)}, not {text!r}")
    return THINK[text]


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 1000 or len(text) > 6:
        raise ValueError(f"use a whole number from 1 to 1000, not {text!r}")
    return int(text)


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise ValueError(f"use a number from 0 to 1, not {text!r}")
    return score


def _phrase(most: int) -> Callable[[str], str]:
    """Text that becomes a part of a prompt."""

    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"use at most {most} characters, not {len(text)}")
        if "`" in text or not text.isprintable():
            raise ValueError("use plain words, without backticks and control characters")
        return text

    return read


def _kind(text: str) -> str:
    if not _KIND.fullmatch(text):
        raise ValueError(f"use a kind of code action, such as refactor.rewrite or source.postil, not {text!r}")
    return text


HEADER_KEYS: dict[str, Callable[[str], object]] = {
    "role": _choice(get_args(PersonaRole)),
    "title": str,
    "kind": _kind,
    "does": _choice(get_args(Does)),
    "changes": _choice(get_args(Changes)),
    "task": _phrase(600),
    "asks": _phrase(120),
    "languages": _language_ids,
    "severity": _severities,
    "max-findings": _count,
    "method": _choice(get_args(Method)),
    "min-score": _score,
    "think": _think,
    "triggers": _triggers,
    "include": _words,
    "exclude": _words,
    "looks-for": _phrase(60),
    "answer-in": _phrase(40),
    "evidence": _words,
    "tools": _words,
}
"""The parser of each key's value; it raises ValueError with a sentence."""


def header(comments: tuple[Comment, ...], problems: list[Problem]) -> dict[str, object]:
    """The fields of Persona that the comments set. Adds to `problems`."""
    values: dict[str, object] = {}
    for comment in comments:
        if not comment.text.startswith("#:"):
            continue
        wrong = _header_line(comment, values)
        if wrong is not None:
            message, start, size = wrong
            column = comment.column + start
            problems.append(Problem(comment.line, column, message, Severity.ERROR, column + max(size, 1)))
    return values


def _header_line(comment: Comment, values: dict[str, object]) -> tuple[str, int, int] | None:
    """Adds one line to `values`. Otherwise returns (message, column in the comment, size)."""
    match = _HEADER.match(comment.text)
    if match is None:
        return "use `#: key: value`", 0, len(comment.text)
    key, value = match[2], match[4]
    if key not in HEADER_KEYS:
        return f"unknown key {key!r}: use {', '.join(HEADER_KEYS)}", match.start(2), len(key)
    field_name = key.replace("-", "_")
    if field_name in values:
        return f"{key} stands twice", match.start(2), len(key)
    if not value:
        return f"{key} needs a value", match.start(2), len(key)
    try:
        values[field_name] = HEADER_KEYS[key](value)
    except ValueError as error:
        return f"{key}: {error}", match.start(4), len(value)
    return None
