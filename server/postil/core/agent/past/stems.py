"""The words of a text by which what was said is found again: without those that are in every sentence, in one form."""

from __future__ import annotations

import re
from functools import cache

from postil.core.context.words import words
from postil.core.data import load_data

_ENDINGS = (
    ("ations", ""),
    ("ation", ""),
    ("ments", ""),
    ("ment", ""),
    ("ingly", ""),
    ("edly", ""),
    ("ings", ""),
    ("ing", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("ers", ""),
    ("er", ""),
    ("ed", ""),
    ("es", ""),
    ("ly", ""),
    ("s", ""),
    ("e", ""),
)
# What stays of a word when its ending goes: shorter ones would meet words of another meaning.
_LEAST = 4
# Capitals within a sentence, capitals or digits within a word, underscores, dots: how names are written.
_NAME = re.compile(
    r"\w*[a-z0-9][A-Z]\w*|\w+(?:_\w+)+|[A-Za-z]+[-.]?\d\w*|\w+(?:[./]\w+)+|(?<=`)[^`\n]{2,60}(?=`)|\b[A-Z]{2,}\b"
)
_CAPITAL = re.compile(r"(?<![.!?:\n])(?<!^) [\"'(]?([A-Z][\w-]+)")


def stem(word: str) -> str:
    """One form for the forms of an English word; others stay as they are."""
    if not word.isascii() or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        kept = len(word) - len(ending) + len(instead)
        if word.endswith(ending) and kept >= _LEAST and not (ending == "s" and word.endswith("ss")):
            word = word[: len(word) - len(ending)] + instead
            break
    # "stopped" and "stop", "retain" and "retained".
    return word[:-1] if len(word) > _LEAST and word[-1] == word[-2] and word[-1] not in "aeiosl" else word


def stems(text: str) -> tuple[str, ...]:
    """In their order, repeated ones included."""
    common = _common()
    return tuple(stem(word) for word in words(text.replace("’", "'")) if word not in common)


def names(text: str) -> frozenset[str]:
    """The stems of words that are written as names."""
    found = [match[0] for match in _NAME.finditer(text)] + _CAPITAL.findall(text)
    return frozenset(one for name in found for one in stems(name))


@cache
def _common() -> frozenset[str]:
    return frozenset(
        word for listed in load_data("common_words.toml", dict[str, str]).values() for word in listed.split()
    )
