"""`search_code`: pieces of the workspace's code that answer a question, from its index."""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import replace

from postil.core.text.plain import plain
from postil.engine.base import EngineError
from postil.mcp.host import Host, Refused, Tell
from postil.mcp.places import Places
from postil.service.config.here import workspace_of
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import index_place, why_not
from postil.service.context.index.store import IndexTrouble, open_store
from postil.service.context.index.vectors import embedder_of
from postil.service.context.query.question import find
from postil.service.context.query.search import FoundChunk
from postil.service.workspace.files import repository_root
from postil.settings import Settings

MOST = 20
_LINES = 60
# Of what is found some may not be read any more.
_MORE = 3


async def search_code(host: Host, tell: Tell, question: str, number: int) -> str:
    """Raises Refused."""
    if not question.strip():
        raise Refused("the question is empty: say what the code does")
    if not 1 <= number <= MOST:
        raise Refused(f"number: between 1 and {MOST}")
    settings = await asyncio.to_thread(lambda: host.loaded().settings)
    await tell("searching")
    vector, note = await _vector(host, settings, question)

    def ask() -> list[FoundChunk]:
        # The index is of the workspace around, of which the caller sees the part below the root.
        top = workspace_of(host.root) or repository_root(host.root) or host.root
        if (why := why_not(top)) is not None:
            raise Refused(why)
        place = index_place(top)
        try:
            store = open_store(place)
            if store is None:
                raise Refused(f"there is no index of {top}: `postil index --update` makes one, then ask again")
            places = Places(host.root, settings.review.exclude)
            with store:
                of_model = vector if vector is not None and _same(vector[0], embedder_of(store)) else None
                found = find(store, question, of_model[1] if of_model else None, number * _MORE)
            files = ((chunk, top / chunk.path) for chunk in found)
            seen = [
                replace(chunk, path=file.relative_to(host.root).as_posix())
                for chunk, file in files
                if host.root in file.parents and places.readable(file)
            ]
            return seen[:number]
        except IndexTrouble as trouble:
            raise Refused(f"{trouble}: `postil index --rebuild` makes it anew") from None

    found = await asyncio.to_thread(ask)
    if not found:
        return f"Nothing has these words. Ask in other ones.{note}"
    return "\n\n".join(map(_text, found)) + note


def _same(model: EmbeddingModel, made_by: object) -> bool:
    return model.embedder == made_by


async def _vector(
    host: Host, settings: Settings, question: str
) -> tuple[tuple[EmbeddingModel, array[float]] | None, str]:
    """The question's vector where the settings name a model, and a sentence where that doesn't work."""
    if not settings.model.embedding:
        return None, ""
    try:
        found = await host.engines.embedder(settings)
        if found is None:
            return None, ""
        model = EmbeddingModel(*found)
        return (model, await model.of_question(question)), ""
    except EngineError as error:
        return None, f"\n\nFound by words alone: {error}"


def _text(chunk: FoundChunk) -> str:
    lines = chunk.text.split("\n")
    more = f"\n({len(lines) - _LINES} more lines)" if len(lines) > _LINES else ""
    return f"{plain(chunk.path)}:{chunk.first + 1}-{chunk.last}\n{plain(chr(10).join(lines[:_LINES]))}{more}"
