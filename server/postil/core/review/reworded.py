"""Differences in any language that don't change the meaning (a value assigned to a variable first, a renamed variable,
a field's shorthand written out)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\w+|\n|:=|[=!<>]=|=>|->|[^\w\s]""")
_DECLARES = frozenset({"let", "const", "var", "mut", "final"})
_ENDS = frozenset({"\n", ";"})
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class _Around:
    """The tokens of the unit before and after the difference."""

    before: frozenset[str]
    behind: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.before or name in self.behind


def same_reworded(old: Sequence[str], new: Sequence[str], before: str, behind: str) -> bool:
    """Whether the lines `old` and `new` mean the same between the texts `before` and `behind`. False if in doubt."""
    around = _Around(frozenset(_TOKEN.findall(before)), frozenset(_TOKEN.findall(behind)))
    first, second = (_plain(_TOKEN.findall("\n".join(lines).strip())) for lines in (old, new))
    first, second = _inlined(first, second, around), _inlined(second, first, around)
    if [token for token in first if token not in _ENDS] == [token for token in second if token not in _ENDS]:
        return True
    return _renamed(first, second, around)


def _plain(tokens: list[str]) -> list[str]:
    """The tokens with `name: name` of an object or struct as `name`."""
    kept: list[str] = []
    for token in tokens:
        if len(kept) > 2 and kept[-1] == ":" and kept[-2] == token and _WORD.fullmatch(token) and kept[-3] in "{,":
            kept.pop()
        else:
            kept.append(token)
    return kept


def _inlined(tokens: list[str], other: Sequence[str], around: _Around) -> list[str]:
    """The tokens with each variable that is used only once, in the next statement, replaced by its value."""
    at = 0
    while at < len(tokens):
        found = _named(tokens, at)
        if found is not None:
            name, value, after = found
            end = _end(tokens, after)
            uses = [index for index in range(after, len(tokens)) if tokens[index] == name]
            # A declared variable may shadow another one until the end of the difference.
            free = tokens[at] in _DECLARES or (name not in around and name not in other)
            if len(uses) == 1 and uses[0] < end and free and name not in around.behind:
                return _inlined([*tokens[:at], *tokens[after : uses[0]], *value, *tokens[uses[0] + 1 :]], other, around)
        at = _end(tokens, at) + 1
    return tokens


def _named(tokens: Sequence[str], at: int) -> tuple[str, list[str], int] | None:
    """(name, value, start of the next statement) of the statement at `at`, if it only assigns a value to a variable."""
    start = at
    while at < len(tokens) and tokens[at] in _DECLARES:
        at += 1
    if at + 2 >= len(tokens) or not _WORD.fullmatch(tokens[at]):
        return None
    name, at = tokens[at], at + 1
    if tokens[at] == ":" and start < at - 1:
        while at < len(tokens) and tokens[at] not in ("=", *_ENDS):
            at += 1
    if at >= len(tokens) or tokens[at] not in ("=", ":="):
        return None
    end = _end(tokens, at)
    value = [token for token in tokens[at + 1 : end] if token not in _ENDS]
    after = end
    while after < len(tokens) and tokens[after] in _ENDS:
        after += 1
    return (name, value, after) if value else None


def _end(tokens: Sequence[str], at: int) -> int:
    """The end of the statement at `at`: a line end or semicolon outside brackets."""
    depth = 0
    while at < len(tokens):
        depth += (tokens[at] in _OPENS) - (tokens[at] in _CLOSES)
        if depth <= 0 and tokens[at] in _ENDS:
            break
        at += 1
    return at


def _renamed(first: Sequence[str], second: Sequence[str], around: _Around) -> bool:
    """Whether only variables of the difference itself were renamed, each consistently."""
    if len(first) != len(second):
        return False
    there: dict[str, str] = {}
    back: dict[str, str] = {}
    for a, b in zip(first, second, strict=True):
        if not (_WORD.fullmatch(a) and _WORD.fullmatch(b)):
            if a != b:
                return False
        elif there.setdefault(a, b) != b or back.setdefault(b, a) != a:
            return False
    changed = [(a, b) for a, b in there.items() if a != b]
    # Names bound elsewhere may mean two different things; only those assigned in the difference may be renamed.
    return bool(changed) and all(
        a not in around and b not in around and b not in first and _bound(first, a) for a, b in changed
    )


def _bound(tokens: Sequence[str], name: str) -> bool:
    for index, token in enumerate(tokens):
        if token == name:
            before = tokens[index - 1] if index else "\n"
            after = tokens[index + 1] if index + 1 < len(tokens) else "\n"
            return before != "." and (
                before in {"for", *_DECLARES}
                or after in {"=", ":=", "in"}
                or (before in "(," and "for" in tokens[max(0, index - 4) : index])
            )
    return False
