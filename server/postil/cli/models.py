"""`postil models`: list, show, pull, rm, cp, load and unload, through Ollama's API or in the embedded engine's cache.

Exit codes: 0 done; 2 wrong usage; 3 engine or model unavailable, or an unexpected failure; 130
interrupted (what was fetched is kept).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from postil.cli.agent.probe import probe_model
from postil.cli.model_tables import facts_json, list_json, print_abilities, print_facts, print_list
from postil.cli.pull import show_steps
from postil.cli.running import print_json, run, say
from postil.cli.user_personas import personas_here
from postil.cli.user_settings import settings_here
from postil.core.models.catalogue import catalogue
from postil.service.models.stores import ModelRow, ModelStore, listed_stores, model_rows, open_store
from postil.service.models.warm_up import load_needed
from postil.settings import Settings

app = typer.Typer(help="List, fetch, copy, load and remove models.", no_args_is_help=True)

_STOPPED = "stopped; what was fetched is kept, the same command goes on from there"


class Where(StrEnum):
    """Whose models. `auto`: Ollama's when it answers, else the embedded engine's."""

    auto = "auto"
    ollama = "ollama"
    embedded = "embedded"


Engine = Annotated[Where, typer.Option("--engine", help="Whose models: auto, ollama or embedded.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_models(engine: Engine = Where.auto, as_json: AsJson = False) -> None:
    """List models: what is here, what is in memory, and what the catalogue can fetch."""

    async def work() -> None:
        lists: list[tuple[ModelStore, list[ModelRow]]] = []
        for store in await listed_stores(settings_here(), engine.value, say):
            async with aclosing(store):
                lists.append((store, await model_rows(store)))
        if as_json:
            print_json([list_json(store, rows) for store, rows in lists])
        else:
            for store, rows in lists:
                print_list(store, rows)

    run(work, _STOPPED)


@app.command()
def show(name: str, engine: Engine = Where.auto, as_json: AsJson = False) -> None:
    """Show what is known of a model."""

    async def work(store: ModelStore, _: Settings) -> None:
        found = await store.facts(name)
        facts = facts_json(found)
        if as_json:
            print_json(facts)
            return
        facts.pop("abilities", None)
        print_facts(facts)
        if found.model is not None:
            print("abilities:")
            print_abilities(found.model.abilities, "  ")

    _on_store(work, engine, name)


@app.command()
def pull(
    name: Annotated[
        str | None, typer.Argument(help="Default: the model that reviews are made with.", show_default=False)
    ] = None,
    engine: Engine = Where.auto,
) -> None:
    """Fetch a model. What an interrupted fetch has brought is kept for the next.

    Any name of Ollama's library for Ollama; for the embedded engine a model of the catalogue, or a GGUF file of
    the hub as hf.co/OWNER/REPOSITORY:Q4_K_M or hf.co/OWNER/REPOSITORY/FILE.gguf.
    """
    wanted = name or catalogue().default("review").name

    async def work(store: ModelStore, _: Settings) -> None:
        await show_steps(store.pull(wanted))
        say(store.pulled(wanted))

    _on_store(work, engine, wanted)


@app.command()
def rm(name: str, engine: Engine = Where.auto) -> None:
    """Remove a model from Ollama, or from the embedded engine's cache."""

    async def work(store: ModelStore, _: Settings) -> None:
        say(await store.remove(name))

    _on_store(work, engine, name)


@app.command()
def cp(source: str, target: str, engine: Engine = Where.auto) -> None:
    """Copy a model.

    Ollama: a model under another name, or a GGUF file as a model. Embedded: a model to a file, or a GGUF file
    that you have already as one of the catalogue's models (its SHA-256 must be right).
    """

    async def work(store: ModelStore, _: Settings) -> None:
        say(await store.copy(source, target))

    _on_store(work, engine)


@app.command()
def load(
    name: Annotated[
        str | None, typer.Argument(help="Default: the models of the enabled personas.", show_default=False)
    ] = None,
    keep_alive: Annotated[
        str | None,
        typer.Option(
            help="How long it stays in memory: 30m, 2h; -1 = until it is unloaded. Default: the setting"
            " ollama.keep_alive.",
            show_default=False,
        ),
    ] = None,
    engine: Engine = Where.auto,
) -> None:
    """Load a model into memory with the options of the next review, which then doesn't wait for it."""

    async def work(store: ModelStore, settings: Settings) -> None:
        personas = personas_here(settings, Path.cwd())
        async with aclosing(load_needed(settings, personas, store, name, keep_alive)) as sentences:
            async for sentence in sentences:
                say(sentence)

    _on_store(work, engine)


@app.command()
def unload(name: str, engine: Engine = Where.auto) -> None:
    """Take a model out of memory."""

    async def work(store: ModelStore, _: Settings) -> None:
        say(await store.unload(name))

    _on_store(work, engine)


app.command("probe")(probe_model)


def _on_store(work: Callable[[ModelStore, Settings], Awaitable[None]], engine: Where, name: str | None = None) -> None:
    """Runs a command on the store of that engine, and ends the process with its exit code. `name`: of the model."""

    async def whole() -> None:
        settings = settings_here()
        async with aclosing(await open_store(settings, engine.value, say, name)) as store:
            await work(store, settings)

    run(whole, _STOPPED)
