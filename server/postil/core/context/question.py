"""The words of a question in plain language by which code is found: without those of every sentence, and without their
endings."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from postil.core.context.words import words
from postil.core.data import load_data

# Shorter ones are the beginning of too many words.
_LEAST = 4


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stop: frozenset[str]
    endings: tuple[str, ...]


@lru_cache(maxsize=1)
def _table() -> _Words:
    return load_data("question_words.toml", _Words)


def question_words(question: str) -> list[str]:
    """The words to look for, in lower case and their order, each once. A question without any other has them all."""
    found = list(dict.fromkeys(words(question)))
    return [word for word in found if word not in _table().stop] or found


def stem(word: str) -> str:
    """The beginning that the forms of a word have in common (`retries`, `retrying`), as far as one can tell without a
    dictionary; the word itself where that would be too little to find it by."""
    if not (word.isascii() and word.isalpha()):
        return word
    for ending in _table().endings:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _LEAST:
            # `stopp` of `stopped`, and not `pass` of `passed`.
            return rest[:-1] if len(rest) > _LEAST and rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
    return word
