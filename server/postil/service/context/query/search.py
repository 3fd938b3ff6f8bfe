"""Chunks of an index that are like a text: ranked by the words that they share with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from postil.core.context.words import words
from postil.core.text.positions import split_lines
from postil.service.context.index.store import IndexBroken, Store, text_of

# Chunks that a search may look at: more than half of a score's time goes into words that are everywhere.
_MOST_CHUNKS = 20_000
# Words of a text that are looked for, the rarest first.
_MOST_WORDS = 48
# SQLite takes so many values at once in every build.
AT_ONCE = 500
# Characters of a found chunk: a minified file has one line.
_MOST_CHARS = 6_000


@dataclass(frozen=True, slots=True)
class FoundChunk:
    """A piece of a file, as it was when it was indexed: rows 0-based, `last` exclusive. A higher score is better, and
    scores of two searches can't be compared."""

    chunk: int
    path: str
    language: str
    first: int
    last: int
    text: str
    score: float


def search(store: Store, text: str, k: int, *, but: str = "") -> list[FoundChunk]:
    """The chunks that share most words with a text, the best first: BM25, in which a rare word counts more. `but`: a
    path whose chunks aren't wanted. Raises IndexTrouble."""
    with store.reading():
        return found_chunks(store, by_words(store, text, k, but=but))


def by_words(store: Store, text: str, k: int, *, but: str = "") -> list[tuple[int, float]]:
    """The numbers of these chunks, with their scores. Raises IndexTrouble."""
    wanted = _rarest(store, text)
    if not wanted or k < 1:
        return []
    return store.rows(
        tuple[int, float],
        "SELECT words.rowid, -bm25(words) AS score FROM words JOIN chunks ON chunks.id=words.rowid"
        " JOIN files ON files.id=chunks.file"
        " WHERE words MATCH ? AND files.path<>? ORDER BY score DESC, files.path, chunks.first LIMIT ?",
        (" OR ".join(f'"{word}"' for word in wanted), but, k),
    )


def found_chunks(store: Store, numbers: Iterable[tuple[int, float]]) -> list[FoundChunk]:
    """The chunks of these numbers, with these scores. Raises IndexTrouble."""
    texts: dict[int, list[str]] = {}
    found: list[FoundChunk] = []
    query = "SELECT path, language, files.id, first, last FROM chunks JOIN files ON files.id=file WHERE chunks.id=?"
    for chunk, score in numbers:
        row = store.one(tuple[str, str, int, int, int], query, (chunk,))
        if row is None:
            # Its words are still there, or its vector.
            raise IndexBroken("the index is damaged (a chunk is missing)")
        path, language, number, first, last = row
        if number not in texts:
            texts[number] = split_lines(text_of(store, number))
        body = "\n".join(texts[number][first:last])[:_MOST_CHARS]
        found.append(FoundChunk(chunk, path, language, first, last, body, score))
    return found


def _rarest(store: Store, text: str) -> list[str]:
    """The words of a text to look for: all that are rare, and of the common ones the rarest, as far as time allows."""
    distinct = list(dict.fromkeys(words(text)))
    common: dict[str, int] = {}
    for at in range(0, len(distinct), AT_ONCE):
        some = distinct[at : at + AT_ONCE]
        marks = ",".join("?" * len(some))
        common |= dict(store.rows(tuple[str, int], f"SELECT word, chunks FROM common WHERE word IN ({marks})", some))
    left, found = _MOST_CHUNKS, list[str]()
    for word in sorted(distinct, key=lambda word: common.get(word, 0)):
        left -= common.get(word, 0)
        if found and (left < 0 or len(found) == _MOST_WORDS):
            break
        found.append(word)
    return found
