"""The questions, and whether what was found is a place that answers them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from postil.service.context.index.store import Store
from postil.service.context.query.search import FoundChunk
from postil.service.context.query.symbols import symbols_in

LIST = Path(__file__).parent / "questions.toml"
SPLITS = ("tune", "last-look")
ANYWHERE = "*"
# What of a ranking is looked at.
DEEPEST = 50


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question to a package, whose head says what the fields mean."""

    package: str
    split: Literal["tune", "last-look"]
    text: str
    places: Mapping[str, tuple[str, ...]]

    def __hash__(self) -> int:
        return hash(self.text)


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    questions: tuple[Question, ...]


def questions(split: str = "all") -> tuple[Question, ...]:
    found = msgspec.convert(tomllib.loads(LIST.read_text(encoding="utf-8")), _List).questions
    return tuple(one for one in found if split in (one.split, "all"))


Spans = Mapping[str, Sequence[tuple[int, int]]]


def spans(store: Store, question: Question) -> Spans:
    """The rows of the places, by file. ValueError for a place that isn't there."""
    found: dict[str, list[tuple[int, int]]] = {}
    for path, names in question.places.items():
        symbols = [one.symbol for one in symbols_in(store, path)]
        if missing := {name for name in names if name != ANYWHERE} - {one.qualified for one in symbols}:
            raise ValueError(f"{question.package}: {path} has no {', '.join(sorted(missing))}")
        if not symbols:
            raise ValueError(f"{question.package} has no {path}")
        if ANYWHERE in names:
            found[path] = [(0, max(one.last for one in symbols))]
        else:
            found[path] = [(one.first, one.last) for one in symbols if one.qualified in names]
    return found


def place_of(right: Spans, found: Sequence[FoundChunk]) -> int:
    """At which place, from 1, the first chunk is that has rows of a right place; 0 if there is none."""
    for place, chunk in enumerate(found, 1):
        if any(first < chunk.last and chunk.first < last for first, last in right.get(chunk.path, ())):
            return place
    return 0
