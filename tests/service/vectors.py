"""What the tests of an index's vectors share: a model that is a script, and what a plain look at the index gives."""

from __future__ import annotations

from contextlib import aclosing

from postil.engine.base import ModelInfo
from postil.engine.scripted import Rule, ScriptedEngine
from postil.service.context.embedding.fill import Filled, fill
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import IndexPlace
from postil.service.context.index.store import open_store

NAME = "scripted-embed:latest"


def model(name: str = NAME, digest: str | None = None, engine: ScriptedEngine | None = None) -> EmbeddingModel:
    return EmbeddingModel(engine or ScriptedEngine([Rule("", "embed")]), ModelInfo(name, digest=digest))


async def filled(place: IndexPlace, by: EmbeddingModel | None = None) -> Filled:
    """The end of making vectors."""
    async with aclosing(fill(place, by or model())) as steps:
        end = [step async for step in steps][-1]
    assert end.ended
    return end


def vectors(place: IndexPlace) -> dict[tuple[str, int], bytes]:
    """The vectors of an index, by path and first row; that each has its sketch, and none is of a chunk that is gone."""
    store = open_store(place)
    assert store is not None
    with store, store.reading():
        for table in ("vectors", "sketches"):
            assert store.number(f"SELECT count(*) FROM {table} WHERE chunk NOT IN (SELECT id FROM chunks)") == 0
        query = "SELECT count(*) FROM vectors WHERE chunk NOT IN (SELECT chunk FROM sketches)"
        assert store.number(query) == 0
        assert store.number("SELECT count(*) FROM vectors") == store.number("SELECT count(*) FROM sketches")
        query = (
            "SELECT path, first, body FROM vectors JOIN chunks ON chunks.id=chunk JOIN files ON files.id=chunks.file"
        )
        return {(path, first): body for path, first, body in store.rows(tuple[str, int, bytes], query)}
