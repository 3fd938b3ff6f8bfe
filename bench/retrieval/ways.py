"""The ways to find the chunks for a question that are compared."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Mapping

from bench.retrieval.questions import DEEPEST, Question

from postil.service.context.index.store import Store
from postil.service.context.query.question import best, by_meaning, find
from postil.service.context.query.search import FoundChunk

Way = Callable[[Store, Question, "array[float]"], list[FoundChunk]]
# Chunks of a ranking before it is shown: some are of one function.
_RANKED = 4 * DEEPEST
CONTROL = "shuffled"


def _words(store: Store, question: Question, vector: array[float]) -> list[FoundChunk]:
    return find(store, question.text, None, DEEPEST)


def _meaning(store: Store, question: Question, vector: array[float]) -> list[FoundChunk]:
    return best(store, question.text, by_meaning(store, vector, _RANKED), DEEPEST)


def _both(store: Store, question: Question, vector: array[float]) -> list[FoundChunk]:
    return find(store, question.text, vector, DEEPEST)


def _shuffled(store: Store, question: Question, vector: array[float]) -> list[FoundChunk]:
    """Each chunk has the vector of another one of its package."""
    chunks = [chunk for (chunk,) in store.rows(tuple[int], "SELECT id FROM chunks ORDER BY id")]
    others = list(chunks)
    random.Random(27).shuffle(others)
    of = dict(zip(chunks, others, strict=True))
    near = by_meaning(store, vector, _RANKED)
    return best(store, question.text, [(of[chunk], score) for chunk, score in near], DEEPEST)


WAYS: Mapping[str, Way] = {
    "words": _words,
    "meaning": _meaning,
    "both": _both,
    CONTROL: _shuffled,
}
