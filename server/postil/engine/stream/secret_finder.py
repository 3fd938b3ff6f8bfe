"""Secrets in a text, by the detectors of `detect-secrets` and a few patterns of ours.

Executed at its first use (`postil.lazy`), because of `detect_secrets`: only requests to other machines need it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import cast

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin, RegexBasedDetector
from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin

from postil.core.data import load_data

# An IP address is no secret; of a private key the library finds the head only, `_KEY` all of it.
_NOT_USED = frozenset({"IPPublicDetector", "PrivateKeyDetector"})
# For these the library gives the first letters alone.
_WHOLE = frozenset({"GitHubTokenDetector", "GitLabTokenDetector"})
_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END |\Z)", re.DOTALL)
# Shorter ones would replace half of a program's words.
_LEAST = 4
_LEAST_UNQUOTED = 8
_MARKS = "\"'`"
_HEX = frozenset(string.hexdigits)
# Of the process: a placeholder reveals nothing of its secret, and is the same in all requests (engines keep prompts).
_SALT = secrets.token_bytes(32)


@cache
def _detectors() -> tuple[BasePlugin, ...]:
    kinds = cast("Iterable[type[BasePlugin]]", get_mapping_from_secret_type_to_class().values())
    return tuple(kind() for kind in kinds if kind.__name__ not in _NOT_USED)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, load_data("secret_files.toml", dict[str, tuple[str, ...]])["contents"]))


def secrets_in(text: str) -> dict[str, str]:
    """The secrets of a text, each with a placeholder of its length and kinds of characters. A secret that is known only
    by the name of its variable includes its opening quotation mark: without it the word may be anything."""
    found = {word for line in text.split("\n") for word in _in_line(line)}
    for block in _KEY.findall(text):
        found |= set(re.findall(r"[A-Za-z0-9+/=]{16,}", block))
    # One that was found both with and without its mark is replaced without.
    pairs = ((word, placeholder(word)) for word in found if word[0] not in _MARKS or word[1:] not in found)
    return {word: other for word, other in pairs if word != other}


# The same lines come with every request about a file.
@lru_cache(maxsize=8192)
def _in_line(line: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_found(line))) if line.strip() else ()


def _found(line: str) -> Iterator[str]:
    for pattern in _patterns():
        for match in pattern.finditer(line):
            yield match[match.lastindex or 0]
    for detector in _detectors():
        if isinstance(detector, RegexBasedDetector) and type(detector).__name__ in _WHOLE:
            patterns = cast("Iterable[re.Pattern[str]]", detector.denylist)
            yield from (match[0] for pattern in patterns for match in pattern.finditer(line))
            continue
        # Not `analyze_line`, which may ask a service whether a secret is a live one.
        for word in detector.analyze_string(line):
            entropic = isinstance(detector, HighEntropyStringsPlugin)
            if len(word) < _LEAST or (entropic and detector.calculate_shannon_entropy(word) <= detector.entropy_limit):
                continue
            if len(word) >= _LEAST_UNQUOTED and not entropic and type(detector).__name__ != "KeywordDetector":
                yield word
            else:
                yield from (mark + word for mark in _MARKS if mark + word in line)


def placeholder(word: str) -> str:
    """What is sent in the place of a secret."""
    digest = hmac.new(_SALT, word.encode("utf-8", "surrogatepass"), hashlib.sha512).digest()
    only_hex = all(char in _HEX for char in word if char.isalnum())
    kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits]
    if only_hex:
        kinds[:2] = ["abcdef", "ABCDEF"]
    return "".join(_other(char, digest[place % len(digest)], kinds) for place, char in enumerate(word))


def _other(char: str, chance: int, kinds: list[str]) -> str:
    kind = next((kind for kind in kinds if char in kind), "x" if char.isalnum() else char)
    return kind[chance % len(kind)]
