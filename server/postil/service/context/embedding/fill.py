"""Gives the chunks of an index their vectors: batch by batch, so that whatever ends it loses one at most."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import filelock

from postil.core.embedding import BATCH_CHARACTERS, BATCH_TEXTS
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import IndexPlace
from postil.service.context.index.store import IndexTrouble, open_store, process_lock
from postil.service.context.index.vectors import Bare, Embedder, add, bare, counted, use

# Seconds between two looks whether another process has ended.
_POLL = 0.5


@dataclass(frozen=True, slots=True)
class Filled:
    """How far it is. `made`: vectors by us; `there`: chunks with one, of so many `chunks`. `ended`: the last step."""

    made: int = 0
    there: int = 0
    chunks: int = 0
    waiting: bool = False
    ended: bool = False


async def fill(place: IndexPlace, model: EmbeddingModel) -> AsyncGenerator[Filled]:
    """Yields after each batch. Closing it, or cancelling the task that reads it, ends it: the vectors of the batches
    before stay. Vectors of another model are thrown away first. Raises IndexTrouble, and an EngineError.

    One process at a time makes vectors for a workspace, another one waits until it has ended."""
    if place.current() is None:
        yield Filled(ended=True)
        return
    lock = process_lock(place.vectors_lock)
    try:
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except filelock.Timeout:
                yield Filled(waiting=True)
                await asyncio.sleep(_POLL)
        made = after = 0
        await asyncio.to_thread(_begin, place, model.embedder)
        while True:
            batch, there, chunks = await asyncio.to_thread(_next, place, after)
            if not batch and not after:
                yield Filled(made, there, chunks, ended=True)
                return
            if not batch:
                # Once more from the beginning: a number may have been given again meanwhile.
                after = 0
                continue
            vectors = await model.of_texts([one.text for one in batch])
            if not await asyncio.to_thread(_add, place, model.embedder, batch, vectors):
                raise IndexTrouble("another process makes vectors with another model")
            made += len(batch)
            after = batch[-1].chunk
            yield Filled(made, there + len(batch), chunks)
    finally:
        lock.release()


def _begin(place: IndexPlace, embedder: Embedder) -> None:
    store = open_store(place)
    if store is not None:
        with store:
            use(store, embedder)


# The index is opened for each step: meanwhile it may be another one.
def _next(place: IndexPlace, after: int) -> tuple[list[Bare], int, int]:
    store = open_store(place)
    if store is None:
        return [], 0, 0
    with store, store.reading():
        chunks = store.number("SELECT count(*) FROM chunks")
        return bare(store, BATCH_TEXTS, BATCH_CHARACTERS, after), counted(store), chunks


def _add(place: IndexPlace, embedder: Embedder, batch: list[Bare], vectors: tuple[array[float], ...]) -> bool:
    store = open_store(place)
    if store is None:
        return True
    with store:
        return add(store, embedder, list(zip(batch, vectors, strict=True)))
