"""Exchanges: what the user has said and what was answered, and how much of one is shown when it is remembered."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from postil.core.agent.calls.rescue import CallReader
from postil.core.agent.past.stems import names, stems
from postil.core.agent.turns import Answered, Asked, Turn

# Of one exchange; a log that somebody pastes is found by its beginning.
MOST_CHARS = 20_000
# Sentences of at most so many characters; a longer one is cut around its hit.
_SENTENCE = 320
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[。！？；])")
# Words of a question that decide; a page that is pasted has hundreds.
_MOST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Exchange:
    """`answered`: all that the model has said to it, without calls."""

    asked: str
    answered: str

    @property
    def key(self) -> bytes:
        """The same for the same words."""
        return sha256(f"{self.asked}\0{self.answered}".encode("utf-8", "replace")).digest()[:16]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: stems of the user's words, and which of them are written as names."""

    stems: tuple[str, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """In how many of `total` exchanges a stem is."""

    total: int
    count: Mapping[str, int]

    def weight(self, stem: str) -> float:
        """The rarer, the more."""
        count = min(self.count.get(stem, 0), self.total)
        return math.log(1 + (self.total - count + 0.5) / (count + 0.5))

    def rare(self, stem: str, share: float, least: int) -> bool:
        return self.count.get(stem, 0) <= max(least, int(self.total * share))


def exchanges(turns: Sequence[Turn]) -> tuple[Exchange, ...]:
    """The exchanges that these turns hold."""
    found: list[tuple[str, list[str]]] = []
    for turn in turns:
        match turn:
            case Asked(text):
                found.append((text, []))
            case Answered(text) if found and (shown := _shown(text)):
                found[-1][1].append(shown)
            case _:
                pass
    return tuple(Exchange(asked[:MOST_CHARS], "\n".join(said)[:MOST_CHARS]) for asked, said in found)


def wanted(text: str) -> Wanted:
    found = tuple(dict.fromkeys(stems(text)))[:_MOST_WORDS]
    return Wanted(found, names(text) & frozenset(found))


def fit(asked: Wanted, held: Collection[str], held_names: Collection[str], corpus: Corpus, *, strict: bool) -> float:
    """How well an exchange with these stems fits; 0 where it doesn't. `strict`: of another conversation, where one
    shared word is chance."""
    hits = [one for one in asked.stems if one in held]
    if not hits:
        return 0.0
    whole = sum(sorted((corpus.weight(one) for one in asked.stems), reverse=True)[:12])
    share = sum(corpus.weight(one) for one in hits) / whole if whole else 0.0
    rare = [one for one in hits if corpus.rare(one, 0.05, 2)]
    named = [one for one in rare if one in asked.names or one in held_names]
    if strict:
        fits = (named and (share >= 0.4 or (len(rare) > 1 and share >= 0.25))) or (len(rare) > 2 and share >= 0.5)
    else:
        single = len(rare) == 1 and corpus.rare(rare[0], 0.02, 1) and share >= 0.25
        fits = named or (len(rare) > 1 and share >= 0.25) or single
    return share + 0.3 * len(named) / len(asked.stems) if fits else 0.0


def excerpt(text: str, hits: Collection[str], corpus: Corpus, chars: int) -> str:
    """The sentences around the hits, in their order; without hits the beginning."""
    parts = [part.strip() for part in _SENTENCES.split(text) if part and part.strip()]
    scored = sorted(
        ((sum(corpus.weight(one) for one in set(stems(part)) & set(hits)), -at) for at, part in enumerate(parts)),
        reverse=True,
    )
    taken: set[int] = set()
    left = chars
    for score, place in scored:
        at = -place
        size = min(len(parts[at]), _SENTENCE) + 3
        if (taken and score <= 0) or (taken and size > left):
            continue
        taken.add(at)
        left -= size
    # What follows a sentence often says what it is about.
    for at in sorted(taken):
        if at + 1 < len(parts) and at + 1 not in taken and len(parts[at + 1]) + 3 <= left:
            taken.add(at + 1)
            left -= len(parts[at + 1]) + 3
    said: list[str] = []
    before = -1
    for at in sorted(taken):
        if before >= 0 and at > before + 1:
            said.append("…")
        said.append(_around(parts[at], hits))
        before = at
    return " ".join(" ".join(said).split())[:chars]


def line(exchange: Exchange, hits: Collection[str], corpus: Corpus, chars: int, date: str = "") -> str:
    """`user: … / answer: …` with what fits of both."""
    head = f"({date}) user: " if date else "user: "
    asked = excerpt(exchange.asked, hits, corpus, max(80, int(chars * 0.6)))
    room = chars - len(head) - len(asked) - len(" / answer: ")
    if not exchange.answered or room < 30:
        return f"{head}{asked}"[:chars]
    return f"{head}{asked} / answer: {excerpt(exchange.answered, hits, corpus, room)}"


def _around(part: str, hits: Collection[str]) -> str:
    if len(part) <= _SENTENCE:
        return part
    words = [match for match in re.finditer(r"\S+", part) if set(stems(match[0])) & set(hits)]
    middle = words[0].start() if words else 0
    begin = max(0, min(middle - _SENTENCE // 2, len(part) - _SENTENCE))
    return ("…" if begin else "") + part[begin : begin + _SENTENCE] + "…"


def _shown(text: str) -> str:
    """Without calls."""
    return CallReader({}, lambda: "").feed(text, last=True).text.strip()
