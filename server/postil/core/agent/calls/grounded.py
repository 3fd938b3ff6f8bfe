"""Whether what a call names was named by somebody: a small model fills in what the user has left out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import cast

from postil.core.agent.tool import ToolCall

# The arguments that must have been named, and what is asked where they weren't.
_ASKED = {"path": "Which file do you mean?", "command": "Which command shall I run?", "new": "What shall stand there?"}
_PARTS = re.compile(r"[A-Za-z]+|\d+|[^\x00-\x7f]")
# Words that a sentence has without naming anything, and endings that all files of a language have.
_IDLE = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "code",
        "do",
        "file",
        "files",
        "folder",
        "for",
        "from",
        "go",
        "in",
        "into",
        "is",
        "it",
        "its",
        "js",
        "jsx",
        "line",
        "lines",
        "main",
        "md",
        "me",
        "of",
        "on",
        "or",
        "path",
        "please",
        "py",
        "read",
        "rs",
        "show",
        "src",
        "the",
        "this",
        "to",
        "toml",
        "ts",
        "tsx",
        "txt",
        "what",
        "where",
        "which",
        "with",
        "you",
    ]
)


def grounded(call: ToolCall, required: Collection[str], said: Iterable[str]) -> tuple[ToolCall, str]:
    """The call without what nobody has named, and what must be asked before it can be made ("" = nothing). `said`: the
    user's words and the results of this turn."""
    try:
        arguments: object = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return call, ""
    if not isinstance(arguments, dict):
        return call, ""
    values = dict(cast("Mapping[str, object]", arguments))
    said = tuple(said)
    known = frozenset(word for text in said for word in _words(text))
    for name, asked in _ASKED.items():
        value = values.get(name)
        if not isinstance(value, str) or (name == "new" and call.name != "edit"):
            continue
        if _words(value) & known or (value.strip() and any(value.strip() in text for text in said)):
            continue
        if name in required:
            return call, asked
        del values[name]
    return replace(call, arguments=json.dumps(values, ensure_ascii=False)), ""


_SEQUENCE = re.compile(
    r"[\s,;.]*\b(?:and )?(?:then|after that|afterwards)\b[\s,]*"
    r"|[\s,;.]*\band (?=(?:read|show|tell|calculate|compute|use|run|list|find|say|explain|check|review|mend|fix)\b)"
    r"|[,;。]?(?:然后|接着|再)",
    re.IGNORECASE,
)


def clauses(text: str) -> tuple[str, ...]:
    """What the user wants, one thing after the other."""
    return tuple(part for part in (one.strip() for one in _SEQUENCE.split(text)) if part)


def _words(text: str) -> frozenset[str]:
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return frozenset(word for word in map(str.lower, _PARTS.findall(split)) if word not in _IDLE)
