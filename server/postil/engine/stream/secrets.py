"""Secrets in a text, by the detectors of `detect-secrets` and a few patterns of ours. Slow to import: only for hosts
that are not this machine."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from postil.core.data import load_data

# An address is no secret; of a private key the library finds the head only, `_KEY` all of it.
_NOT_OURS = frozenset({"IPPublicDetector", "PrivateKeyDetector"})
# Of these the library tells the first letters alone.
_WHOLE = frozenset({"GitHubTokenDetector", "GitLabTokenDetector"})
# The library's own defaults, in bits a character.
_LIMITS = {"Base64HighEntropyString": 4.5, "HexHighEntropyString": 3.0}
_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END |\Z)", re.DOTALL)
# Shorter ones would stand for half of a program's words.
_LEAST = 4
_LEAST_UNQUOTED = 8
_MARKS = "\"'`"
_HEX = frozenset(string.hexdigits)
# Of the process: what stands for a secret tells nothing of it, and is the same in all requests (engines keep prompts).
_SALT = secrets.token_bytes(32)


@cache
def _detectors() -> tuple[Any, ...]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    kinds = get_mapping_from_secret_type_to_class().values()
    return tuple(
        kind(limit=_LIMITS[kind.__name__]) if kind.__name__ in _LIMITS else kind()
        for kind in kinds
        if kind.__name__ not in _NOT_OURS
    )


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, load_data("secrets.toml", dict[str, tuple[str, ...]])["contents"]))


def secrets_in(text: str) -> dict[str, str]:
    """The secrets of a text, each with what stands for it: as long, of the same kinds of characters. One that only its
    name gives away begins with its quotation mark: without it the word may be anything."""
    found = {word for line in text.split("\n") for word in _in_line(line)}
    for block in _KEY.findall(text):
        found |= set(re.findall(r"[A-Za-z0-9+/=]{16,}", block))
    # Of two ways to know it, the one without the mark.
    standing = ((word, stand_in(word)) for word in found if word[0] not in _MARKS or word[1:] not in found)
    return {word: other for word, other in standing if word != other}


# The lines of a file are asked about again with every request.
@lru_cache(maxsize=8192)
def _in_line(line: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_found(line))) if line.strip() else ()


def _found(line: str) -> Iterator[str]:
    for pattern in _patterns():
        for match in pattern.finditer(line):
            yield match[match.lastindex or 0]
    for detector in _detectors():
        if type(detector).__name__ in _WHOLE:
            yield from (match[0] for pattern in detector.denylist for match in pattern.finditer(line))
            continue
        # `analyze_line` may ask a service whether a secret is a live one; this asks nobody.
        for word in detector.analyze_string(line):
            limit = _LIMITS.get(type(detector).__name__)
            if len(word) < _LEAST or (limit is not None and detector.calculate_shannon_entropy(word) <= limit):
                continue
            if len(word) >= _LEAST_UNQUOTED and limit is None and type(detector).__name__ != "KeywordDetector":
                yield word
            else:
                yield from (mark + word for mark in _MARKS if mark + word in line)


def stand_in(word: str) -> str:
    """What stands for a secret."""
    digest = hmac.new(_SALT, word.encode("utf-8", "surrogatepass"), hashlib.sha512).digest()
    only_hex = all(char in _HEX for char in word if char.isalnum())
    kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits]
    if only_hex:
        kinds[:2] = ["abcdef", "ABCDEF"]
    return "".join(_other(char, digest[place % len(digest)], kinds) for place, char in enumerate(word))


def _other(char: str, chance: int, kinds: list[str]) -> str:
    kind = next((kind for kind in kinds if char in kind), "x" if char.isalnum() else char)
    return kind[chance % len(kind)]
