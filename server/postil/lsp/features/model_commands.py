"""workspace/executeCommand: commands for the models of Ollama and of the embedded engine."""

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
    """A model, its size in bytes (None: not on this machine), and its state in memory."""

    name: str
    size: int | None
    loaded: LoadedModel | None


class StoreEntry(TypedDict):
    """An engine, its address or folder, and its models."""

    engine: str
    where: str
    models: list[ModelEntry]


async def models(server: PostilServer, *_: object) -> list[StoreEntry]:
    """`postil.models []`: the models of each engine, their sizes (null: not on this machine) and state in memory."""

    found: list[StoreEntry] = []
    with engine_errors_answered():
        for store in await listed_stores(server.open_session().settings, _engine(server), server.client.message):
            async with aclosing(store):
                rows: list[ModelEntry] = [
                    {"name": row.model.name, "size": row.model.size, "loaded": row.loaded}
                    for row in await model_rows(store)
                ]
                found.append({"engine": store.name, "where": store.where, "models": rows})
    return found


async def pull(server: PostilServer, *arguments: object) -> bool:
    """`postil.pullModel [name]`: true when the model is complete, false if cancelled (the partial download is kept)."""

    (name,) = string_args("postil.pullModel", arguments, "name")
    async with _store(server, name=name) as store:
        pulled = await server.client.with_progress(f"Pulling {name}", store.pull(name or ""))
    if pulled:
        await server.open_session().model_installed()
    return pulled


async def remove(server: PostilServer, *arguments: object) -> str:
    """`postil.removeModel [name, engine?]` (engine: `ollama` or `embedded`, as in `postil.models`). Returns a sentence
    for the user."""
    name, engine = string_args("postil.removeModel", arguments, "name", "engine", optional=1)
    if engine not in (None, "ollama", "embedded"):
        raise JsonRpcInvalidParams("postil.removeModel: engine is ollama or embedded")
    async with _store(server, engine, name) as store:
        result = await store.remove(name or "")
    await server.open_session().engines.drop()
    return result


async def copy(server: PostilServer, *arguments: object) -> str:
    """`postil.copyModel [name, newName]`. Returns a sentence for the user."""
    name, new_name = string_args("postil.copyModel", arguments, "name", "newName")
    async with _store(server) as store:
        return await store.copy(name or "", new_name or "")


async def load(server: PostilServer, *arguments: object) -> list[str]:
    """`postil.loadModel [name?]`: load a model, by default all models of enabled personas. Returns a sentence for each
    loaded model, also after a cancellation."""

    session = server.open_session()
    (name,) = string_args("postil.loadModel", arguments, "name", optional=1)
    loaded: list[str] = []
    async with _store(server) as store:

        async def steps() -> AsyncGenerator[Progress]:
            yield Progress(name or "what the personas that are on need")
            async with aclosing(load_needed(session.settings, session.config.home.personas, store, name)) as loading:
                async for sentence in loading:
                    loaded.append(sentence)
                    yield Progress(sentence)

        await server.client.with_progress("Loading", steps())
    return loaded


async def unload(server: PostilServer, *arguments: object) -> str:
    """`postil.unloadModel [name]`. Returns a sentence for the user."""
    (name,) = string_args("postil.unloadModel", arguments, "name")
    async with _store(server) as store:
        return await store.unload(name or "")


@asynccontextmanager
async def _store(
    server: PostilServer, engine: str | None = None, name: str | None = None
) -> AsyncGenerator[ModelStore]:

    session = server.open_session()
    with engine_errors_answered():
        opening = open_store(session.settings, engine or _engine(server), server.client.message, name)
        async with aclosing(await opening) as store:
            yield store


def _engine(server: PostilServer) -> str:
    """The engine in the settings if it has a model store, otherwise `auto`."""
    engine = server.open_session().settings.engine
    return engine if engine in ("ollama", "embedded") else "auto"
