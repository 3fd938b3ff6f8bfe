"""Chunks that answer a question in plain language: ranked by its words, by its meaning, and by both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice

import msgspec

from postil.core.actions.test_places import is_test
from postil.core.context.ranking import fused
from postil.core.context.values import Symbol
from postil.core.context.vectors import cosine, sketch
from postil.core.context.words import words
from postil.service.context.index.store import IndexBroken, Store, outline_of
from postil.service.context.query.search import AT_ONCE, FoundChunk, by_words, found_chunks

# Chunks of each ranking that are put together.
_RANKED = 100
# Chunks with the nearest sketches whose vectors are compared. bench/retrieval counts how many of the nearest ten they
# miss.
COMPARED = 200
# What the ranking by words counts, beside 1 for that by meaning. Of the 30 questions that it was tuned on, 19 have the
# right place among the first five by meaning alone, 17 with this, 16 if both count the same; but with less what only
# the words find, such as a name, would hardly be seen. Leaving out the words of every sentence (where, what, how) or
# looking for the beginnings of words found less: 9 and 8 of the 30, 11 without.
_WORDS = 0.5
# Numbers of chunks stay below: SQLite counts them one by one.
_NUMBER_BITS = 40
_NUMBER = (1 << _NUMBER_BITS) - 1
_WHOLE = frozenset({"function", "method"})


def find(store: Store, question: str, vector: Sequence[float] | None, k: int) -> list[FoundChunk]:
    """The best chunks by both rankings, as `best` shows them. `vector`: of the question, by the model of the index's
    vectors; without one by its words alone. Raises IndexTrouble."""
    with store.reading():
        rankings = [(_WORDS, _numbers(by_words(store, question, _RANKED)))]
        if vector is not None:
            rankings.append((1.0, _numbers(by_meaning(store, vector, _RANKED))))
        return best(store, question, fused(rankings), k)


def _numbers(ranking: list[tuple[int, float]]) -> list[int]:
    return [chunk for chunk, _ in ranking]


def by_meaning(store: Store, vector: Sequence[float], k: int) -> list[tuple[int, float]]:
    """The numbers of the chunks whose vectors are nearest to this one of the length 1, the nearest first, with the
    cosine; none if those of the index have another dimension. Raises IndexTrouble.

    All sketches are compared, and of those that differ in the fewest bits the vectors. That is a tenth of a second for
    100,000 chunks, and holds nothing in memory between two questions."""
    if store.number("SELECT dimension FROM embedder") != len(vector):
        return []
    near = _near(store, sketch(vector), max(COMPARED, k))
    asked, found = list(vector), list[tuple[int, float]]()
    for at in range(0, len(near), AT_ONCE):
        some = near[at : at + AT_ONCE]
        query = f"SELECT chunk, body FROM vectors WHERE chunk IN ({','.join('?' * len(some))})"
        found += [(chunk, cosine(asked, body)) for chunk, body in store.rows(tuple[int, bytes], query, some)]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:k]


def _near(store: Store, asked: bytes, most: int) -> list[int]:
    """The numbers of the chunks whose sketches differ from this one in the fewest bits."""
    bits, read = int.from_bytes(asked, "big"), int.from_bytes
    try:
        # One number of both, because tuples take half of the time more.
        near = nsmallest(
            most,
            [
                (read(sketched, "big") ^ bits).bit_count() << _NUMBER_BITS | chunk
                for chunk, sketched in store.each("SELECT chunk, bits FROM sketches")
            ],
        )
    except TypeError as error:
        raise IndexBroken("the index is damaged (a sketch is none)") from error
    return [number & _NUMBER for number in near]


def best(store: Store, question: str, ranking: Iterable[tuple[int, float]], k: int) -> list[FoundChunk]:
    """The first `k` of a ranking, one of each function, and tests behind all others unless the question is about tests:
    whoever asks how something is done wants to be shown where. Raises IndexTrouble."""
    with store.reading():
        places = [(_place(store, chunk), score) for chunk, score in ranking]
        if not any(word.startswith("test") for word in words(question)):
            places.sort(key=lambda one: is_test(one[0].path))
        return found_chunks(store, [(place.chunk, score) for place, score in islice(_once(store, places), k)])


class _Place(msgspec.Struct, frozen=True, array_like=True):
    chunk: int
    path: str
    file: int
    first: int


def _place(store: Store, chunk: int) -> _Place:
    query = "SELECT chunks.id, path, files.id, first FROM chunks JOIN files ON files.id=file WHERE chunks.id=?"
    found = store.one(_Place, query, (chunk,))
    if found is None:
        raise IndexBroken("the index is damaged (a chunk is missing)")
    return found


def _once(store: Store, places: Iterable[tuple[_Place, float]]) -> Iterator[tuple[_Place, float]]:
    """Those that aren't in the same function as one before. Files are looked at as far as somebody asks for more."""
    outlines: dict[int, tuple[Symbol, ...]] = {}
    seen: set[tuple[int, int]] = set()
    for place, score in places:
        if place.file not in outlines:
            outlines[place.file] = outline_of(store, place.file).symbols
        whole = min(
            (one.first for one in outlines[place.file] if one.kind in _WHOLE and one.first <= place.first < one.last),
            default=None,
        )
        if whole is None or (place.file, whole) not in seen:
            yield place, score
        if whole is not None:
            seen.add((place.file, whole))
