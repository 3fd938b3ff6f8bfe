"""`postil models`: list, show, pull, rm and cp, through Ollama's API or in the embedded engine's cache.

Exit codes: 0 done; 2 wrong usage; 3 engine or model unavailable; 130 interrupted (what was fetched is kept).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postil.core.catalogue import catalogue
from postil.core.plain import plain
from postil.engine.base import EngineError

if TYPE_CHECKING:
    from postil.cli.model_stores import ModelStore

EXIT_USAGE = 2
EXIT_ENGINE = 3
EXIT_INTERRUPTED = 130

app = typer.Typer(help="List, fetch, copy and remove models.", no_args_is_help=True)


class Where(StrEnum):
    """Whose models. `auto`: Ollama's when it answers, else the embedded engine's."""

    auto = "auto"
    ollama = "ollama"
    embedded = "embedded"


Engine = Annotated[Where, typer.Option("--engine", help="Whose models: auto, ollama or embedded.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_models(engine: Engine = Where.auto, as_json: AsJson = False) -> None:
    """List models: what is here, and what the catalogue can fetch."""

    async def work(_: ModelStore | None) -> None:
        from postil.cli import model_tables as tables

        lists = []
        for store in await _listed(engine):
            try:
                lists.append((store, await store.models()))
            finally:
                await store.aclose()
        if as_json:
            _print_json([tables.list_json(store, models) for store, models in lists])
        else:
            for store, models in lists:
                tables.print_list(store, models)

    _run(work, None)


@app.command()
def show(name: str, engine: Engine = Where.auto, as_json: AsJson = False) -> None:
    """Show what is known of a model."""

    async def work(store: ModelStore | None) -> None:
        assert store is not None
        facts = await store.facts(name)
        if as_json:
            _print_json(facts)
        else:
            from postil.cli.model_tables import print_facts

            print_facts(facts)

    _run(work, engine)


@app.command()
def pull(
    name: Annotated[
        str | None, typer.Argument(help="Default: the model that reviews are made with.", show_default=False)
    ] = None,
    engine: Engine = Where.auto,
) -> None:
    """Fetch a model. What an interrupted fetch has brought is kept for the next."""
    wanted = name or catalogue().default("review").name

    async def work(store: ModelStore | None) -> None:
        assert store is not None
        _say(await store.pull(wanted))

    _run(work, engine)


@app.command()
def rm(name: str, engine: Engine = Where.auto) -> None:
    """Remove a model from Ollama, or from the embedded engine's cache."""

    async def work(store: ModelStore | None) -> None:
        assert store is not None
        _say(await store.remove(name))

    _run(work, engine)


@app.command()
def cp(source: str, target: str, engine: Engine = Where.auto) -> None:
    """Copy a model.

    Ollama: a model under another name, or a GGUF file as a model. Embedded: a model to a file, or a GGUF file
    that you have already as one of the catalogue's models (its SHA-256 must be right).
    """

    async def work(store: ModelStore | None) -> None:
        assert store is not None
        _say(await store.copy(source, target))

    _run(work, engine)


async def _listed(engine: Where) -> list[ModelStore]:
    """The stores that a list is made of: with `auto` both, Ollama only when it answers."""
    from postil.cli.model_stores import EmbeddedStore, OllamaStore, answering

    settings = _settings()
    found: list[ModelStore] = []
    if engine is Where.ollama:
        found.append(OllamaStore(settings))
    elif engine is Where.auto and (store := await answering(settings)):
        found.append(store)
    if engine is not Where.ollama:
        found.append(EmbeddedStore(settings))
    return found


def _settings() -> Any:
    from postil.cli.user_settings import settings_told

    return settings_told(Path.cwd())


def _run(work: Callable[[ModelStore | None], Awaitable[None]], engine: Where | None) -> None:
    """Runs a command on a store (or without one), and ends with its exit code."""

    async def whole() -> None:
        if engine is None:
            await work(None)
            return
        from postil.cli.model_stores import open_store

        store = await open_store(_settings(), engine.value)
        try:
            await work(store)
        finally:
            await store.aclose()

    from postil.cli.model_stores import WrongUsage

    try:
        asyncio.run(whole())
    except WrongUsage as error:
        _say(str(error))
        raise typer.Exit(EXIT_USAGE) from None
    except EngineError as error:
        _say(str(error))
        raise typer.Exit(EXIT_ENGINE) from None
    except KeyboardInterrupt:
        _say("stopped; what was fetched is kept, the same command goes on from there")
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _say(message: str) -> None:
    print(f"postil: {plain(message)}", file=sys.stderr)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=True))
