"""workspace/executeCommand: the models of Ollama and of the embedded engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import TypedDict

from pygls.exceptions import JsonRpcInvalidParams

from postil.engine.base import Progress
from postil.engine.ollama.admin import LoadedModel
from postil.lsp.command_args import engine_errors_answered, string_args
from postil.lsp.server import PostilServer
from postil.service.models.stores import ModelStore, listed_stores, model_rows, open_store
from postil.service.models.warm_up import load_needed


class ModelEntry(TypedDict):
    """A model, its bytes (None: not here), and what is known of it in memory."""

    name: str
    size: int | None
    loaded: LoadedModel | None


class StoreEntry(TypedDict):
    """An engine, where it is, and its models."""

    engine: str
    where: str
    models: list[ModelEntry]


async def models(server: PostilServer, *_: object) -> list[StoreEntry]:
    """`postil.models []`: for each engine its models, their bytes (null = not here), and what is in memory."""

    found: list[StoreEntry] = []
    with engine_errors_answered():
        for store in await listed_stores(server.open_session().settings, _engine(server)):
            async with aclosing(store):
                rows: list[ModelEntry] = [
                    {"name": row.model.name, "size": row.model.size, "loaded": row.loaded}
                    for row in await model_rows(store)
                ]
                found.append({"engine": store.name, "where": store.where, "models": rows})
    return found


async def pull(server: PostilServer, *given: object) -> bool:
    """`postil.pullModel [name]`: true when it is here, false when it was cancelled (what has come is kept)."""

    (name,) = string_args("postil.pullModel", given, "name")
    async with _store(server) as store:
        whole = await server.client.with_progress(f"Pulling {name}", store.pull(name or ""))
    if whole:
        await server.open_session().model_installed()
    return whole


async def remove(server: PostilServer, *given: object) -> str:
    """`postil.removeModel [name, engine?]` (`ollama` or `embedded`, as `postil.models` tells it): a sentence on what
    was done."""
    name, engine = string_args("postil.removeModel", given, "name", "engine", optional=1)
    if engine not in (None, "ollama", "embedded"):
        raise JsonRpcInvalidParams("postil.removeModel: engine is ollama or embedded")
    async with _store(server, engine) as store:
        said = await store.remove(name or "")
    await server.open_session().engines.drop()
    return said


async def copy(server: PostilServer, *given: object) -> str:
    """`postil.copyModel [name, newName]`: a sentence on what was done."""
    name, new_name = string_args("postil.copyModel", given, "name", "newName")
    async with _store(server) as store:
        return await store.copy(name or "", new_name or "")


async def load(server: PostilServer, *given: object) -> list[str]:
    """`postil.loadModel [name?]`: without a name the models of the personas that are on. A sentence for each that was
    loaded before the user has cancelled."""

    session = server.open_session()
    (name,) = string_args("postil.loadModel", given, "name", optional=1)
    said: list[str] = []
    async with _store(server) as store:

        async def steps() -> AsyncGenerator[Progress]:
            yield Progress(name or "what the personas that are on need")
            async with aclosing(load_needed(session.settings, session.config.home.personas, store, name)) as told:
                async for sentence in told:
                    said.append(sentence)
                    yield Progress(sentence)

        await server.client.with_progress("Loading", steps())
    return said


async def unload(server: PostilServer, *given: object) -> str:
    """`postil.unloadModel [name]`: a sentence on what was done."""
    (name,) = string_args("postil.unloadModel", given, "name")
    async with _store(server) as store:
        return await store.unload(name or "")


@asynccontextmanager
async def _store(server: PostilServer, engine: str | None = None) -> AsyncGenerator[ModelStore]:

    with engine_errors_answered():
        async with aclosing(await open_store(server.open_session().settings, engine or _engine(server))) as store:
            yield store


def _engine(server: PostilServer) -> str:
    """Whose models: the engine's that the settings name, where it is one that has some of its own."""
    engine = server.open_session().settings.engine
    return engine if engine in ("ollama", "embedded") else "auto"
