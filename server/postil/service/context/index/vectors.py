"""The vectors of an index: which model made them, which chunks have none, and how they get in.

They are those of one model. A chunk takes its vector with it when it goes (`write.py`)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from postil.core.context.described import described, headings
from postil.core.context.vectors import packed, sketch
from postil.core.text.positions import split_lines
from postil.service.context.index.store import Store, outline_of, text_of


class Embedder(msgspec.Struct, frozen=True, array_like=True):
    """A model that makes vectors. `digest`: of its weights, "" where its engine tells none."""

    model: str
    digest: str = ""


class Bare(msgspec.Struct, frozen=True, array_like=True):
    """A chunk without a vector, and the text that its vector is made of."""

    chunk: int
    path: str
    digest: int
    text: str


class _Row(msgspec.Struct, frozen=True, array_like=True):
    chunk: int
    digest: int
    first: int
    last: int
    file: int
    path: str


def embedder_of(store: Store) -> Embedder | None:
    """The model whose vectors are in the index; None before the first. Raises IndexTrouble."""
    return store.one(Embedder, "SELECT model, digest FROM embedder")


def use(store: Store, embedder: Embedder) -> None:
    """From now on the vectors are those of this model: those of another one go. Raises IndexTrouble."""
    with store.writing():
        if embedder_of(store) != embedder:
            _empty(store, embedder, 0)


def _empty(store: Store, embedder: Embedder, dimension: int) -> None:
    for table in ("vectors", "sketches", "embedder"):
        store.run(f"DELETE FROM {table}")
    store.run("INSERT INTO embedder VALUES(1,?,?,?)", (embedder.model, embedder.digest, dimension))


def counted(store: Store) -> int:
    """How many chunks have a vector. Raises IndexTrouble."""
    return store.number("SELECT count(*) FROM sketches")


def bare(store: Store, most: int, characters: int, after: int = 0) -> list[Bare]:
    """The next chunks behind `after` that have no vector: so many at most, with so many characters together, but one.
    Raises IndexTrouble."""
    with store.reading():
        return _bare(store, most, characters, after)


def _bare(store: Store, most: int, characters: int, after: int) -> list[Bare]:
    query = (
        "SELECT chunks.id, chunks.digest, first, last, files.id, path FROM chunks JOIN files ON files.id=chunks.file"
        " WHERE chunks.id>? AND NOT EXISTS(SELECT 1 FROM sketches WHERE chunk=chunks.id) ORDER BY chunks.id LIMIT ?"
    )
    found: list[Bare] = []
    texts: dict[int, _Text] = {}
    for row in store.rows(_Row, query, (after, most)):
        if row.file not in texts:
            texts = {row.file: _text(store, row.file)}
        lines, heads = texts[row.file]
        text = described(row.path, heads.get(row.first, ""), lines[row.first : row.last])
        characters -= len(text)
        if found and characters < 0:
            break
        found.append(Bare(row.chunk, row.path, row.digest, text))
    return found


# The lines of a file, and what belongs above its chunks, by their first rows.
_Text = tuple[list[str], dict[int, str]]


def _text(store: Store, file: int) -> _Text:
    spans = store.rows(tuple[int, int], "SELECT first, last FROM chunks WHERE file=? ORDER BY first", (file,))
    heads = headings(outline_of(store, file).symbols, spans)
    return split_lines(text_of(store, file)), {first: head for (first, _), head in zip(spans, heads, strict=True)}


def add(store: Store, embedder: Embedder, made: Sequence[tuple[Bare, Sequence[float]]]) -> bool:
    """Put vectors in, all or none, of those chunks that are still as they were. False if the index has those of another
    model by now. Raises IndexTrouble."""
    with store.writing():
        if embedder_of(store) not in (None, embedder):
            return False
        dimension = len(made[0][1]) if made else 0
        known = store.number("SELECT dimension FROM embedder")
        if made and known != dimension:
            # The first ones; or another model of the same name, whose engine tells no digest.
            _empty(store, embedder, dimension)
        # By now a number may be another chunk's, or its file may have another name.
        still = "SELECT 1 FROM chunks JOIN files ON files.id=file WHERE chunks.id=? AND chunks.digest=? AND path=?"
        there = [
            (one.chunk, vector)
            for one, vector in made
            if store.one(tuple[int], still, (one.chunk, one.digest, one.path)) is not None
        ]
        store.run_each("INSERT OR REPLACE INTO vectors VALUES(?,?)", [(chunk, packed(one)) for chunk, one in there])
        store.run_each("INSERT OR REPLACE INTO sketches VALUES(?,?)", [(chunk, sketch(one)) for chunk, one in there])
    return True
