"""What there is to say of an index: how much is in it, how old it is, and where."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from postil.service.context.index.place import IndexPlace
from postil.service.context.index.store import Store
from postil.service.context.index.vectors import counted, embedder_of

SCANNED = "scanned"


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """`vectors`: chunks that have one, by the model `embedder` ("" without one). `sources` and `disk` are bytes.
    `languages`: files of each, the most frequent first. `age`: seconds since all files were compared; None if that was
    never done to its end."""

    root: Path
    place: Path
    files: int
    symbols: int
    chunks: int
    vectors: int
    embedder: str
    sources: int
    disk: int
    languages: tuple[tuple[str, int], ...]
    age: float | None


def facts(store: Store, place: IndexPlace) -> IndexFacts:
    """Raises IndexTrouble."""
    with store.reading():
        scanned = store.fact(SCANNED)
        query = "SELECT language, count(*) AS number FROM files GROUP BY language ORDER BY number DESC, language"
        return IndexFacts(
            place.root,
            place.folder,
            store.number("SELECT count(*) FROM files"),
            store.number("SELECT sum(symbols) FROM files"),
            store.number("SELECT count(*) FROM chunks"),
            counted(store),
            made_by.model if (made_by := embedder_of(store)) is not None else "",
            store.number("SELECT sum(size) FROM files"),
            sum(file.stat().st_size for file in place.folder.iterdir() if file.is_file()),
            tuple(store.rows(tuple[str, int], query)),
            max(time.time() - scanned, 0.0) if scanned else None,
        )


def scanned(store: Store) -> None:
    """All files have just been compared."""
    store.set_fact(SCANNED, int(time.time()))
