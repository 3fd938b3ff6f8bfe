"""The words by which a text is found: identifiers, their parts, and pairs of characters where nothing is spaced."""

from __future__ import annotations

import re
from functools import lru_cache

# Longer ones are data: hashes, base64.
MAX_WORD = 64
# Parts of one identifier; more has only what is generated.
MAX_PARTS = 12

# A name as languages spell it; `words` splits it further.
IDENTIFIER = re.compile(r"[^\W\d]\w*")

_IDENTIFIER = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Scripts that are written without spaces: Chinese, Japanese, Thai. Hangul has spaces, but its words carry endings.
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}_]+")


def words(text: str) -> list[str]:
    """The words in their order, in lower case. An identifier of several parts (`readFile`, `read_file`) gives its parts
    and then itself without underscores, so that both spellings meet. Single letters and digits are none: they are in
    every chunk."""
    return [word for identifier in _IDENTIFIER.findall(text) for word in _words_of(identifier)]


# A repository says the same few thousand names again and again: the cache saves three quarters of the time.
@lru_cache(maxsize=50_000)
def _words_of(identifier: str) -> tuple[str, ...]:
    if len(identifier) > MAX_WORD:
        return ()
    if not identifier.isascii():
        return tuple(word for run in _RUN.findall(identifier) for word in _words_of_run(run))[:MAX_PARTS]
    parts = [part.lower() for part in _PART.findall(identifier)][:MAX_PARTS]
    found = [part for part in parts if len(part) > 1]
    if len(parts) > 1:
        found.append(identifier.replace("_", "").lower())
    return tuple(found)


def _words_of_run(run: str) -> list[str]:
    if run.isascii():
        return list(_words_of(run))
    if re.match(f"[{_UNSPACED}]", run):
        return [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]
    # `lower` of some letters (the Turkish İ) adds marks, which are no part of a word.
    word = "".join(char for char in run.lower() if char.isalnum())
    return [word] if word else []
