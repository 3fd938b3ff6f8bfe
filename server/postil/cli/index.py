"""`postil index`: shows the index of a workspace, brings it up to date, searches it, removes it.

Exit codes: 0 done; 1 nothing was found; 2 wrong usage; 3 the index can't be read or written, or an unexpected failure;
130 interrupted (what was read is kept).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from postil.cli.index_tables import chunk_json, facts_json, print_chunk, print_facts, print_symbol, symbol_json
from postil.cli.index_vectors import make_vectors, question_vector
from postil.cli.running import EXIT_ENGINE, any_text_to_stdout, print_json, run, say
from postil.cli.user_settings import settings_here
from postil.service.config.here import workspace_of
from postil.service.context.index.facts import facts
from postil.service.context.index.place import IndexPlace, index_place, why_not
from postil.service.context.index.store import IndexBroken, IndexTrouble, Store, open_store
from postil.service.context.query.question import find
from postil.service.context.query.search import FoundChunk, search
from postil.service.context.query.symbols import symbols_named
from postil.service.context.scanning.scan import Limits, Scanned, limits_of, scan
from postil.service.models.stores import WrongUsage
from postil.service.workspace.files import repository_root

EXIT_NOTHING = 1
_STOPPED = "stopped; what was read is kept, `postil index --update` goes on from there"


def index(
    update: Annotated[bool, typer.Option("--update", help="Bring it up to date first, or make it.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make it anew first.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Remove it.")] = False,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Make the vectors by which --find knows what code means first.")
    ] = False,
    words: Annotated[
        str | None, typer.Option("--search", metavar="WORDS", help="Show the code that fits best.")
    ] = None,
    question: Annotated[
        str | None, typer.Option("--find", metavar="QUESTION", help="Show the code that answers a question best.")
    ] = None,
    symbol: Annotated[
        str | None, typer.Option("--symbol", metavar="NAME", help="Show where a name is defined.")
    ] = None,
    number: Annotated[int, typer.Option("--number", "-n", min=1, max=1000, help="So many at most.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the index of this workspace: what is in it, how large it is, how old, and where.

    It holds symbols, imports and the text of the files that Postil may read, in your cache, for you alone. With a model
    that embeds (model.embedding, or --vectors) --find knows what the code means. The workspace is the nearest folder
    upwards with a postil.toml, otherwise the git repository, otherwise this folder.

    Exit codes: 0 done; 1 nothing was found; 2 wrong usage; 3 the index can't be read or written; 130 interrupted.
    """

    async def work() -> None:
        if delete and (update or rebuild or vectors or not (words is symbol is question is None)):
            raise WrongUsage("--delete removes the index: leave the other options out")
        place = _place()
        if delete:
            _delete(place)
            return
        settings = settings_here()
        if update or rebuild:
            await _scan(place, limits_of(settings), anew=rebuild)
        if vectors or ((update or rebuild) and settings.model.embedding):
            _opened(place).close()
            await make_vectors(place, settings, asked=vectors)
        with _opened(place) as store:
            any_text_to_stdout()
            if symbol is not None:
                _symbols(store, symbol, number, as_json=as_json)
            elif words is not None:
                _chunks(search(store, words, number), f"nothing has the words of {words!r}", as_json=as_json)
            elif question is not None:
                vector = await question_vector(store, settings, question)
                _chunks(find(store, question, vector, number), f"nothing is like {question!r}", as_json=as_json)
            elif as_json:
                print_json(facts_json(facts(store, place)))
            else:
                print_facts(facts(store, place))

    run(lambda: _told(work), _STOPPED)


async def _told(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except IndexBroken as error:
        say(f"{error}: `postil index --rebuild` makes it anew")
        raise typer.Exit(EXIT_ENGINE) from None
    except IndexTrouble as error:
        say(str(error))
        raise typer.Exit(EXIT_ENGINE) from None


def _place() -> IndexPlace:
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise WrongUsage("the current folder is gone") from None
    root = workspace_of(here) or repository_root(here) or here
    if (why := why_not(root)) is not None:
        raise WrongUsage(why)
    return index_place(root)


def _opened(place: IndexPlace) -> Store:
    store = open_store(place)
    if store is None:
        raise WrongUsage(f"there is no index of {place.root}: `postil index --update` makes one")
    return store


def _delete(place: IndexPlace) -> None:
    try:
        place.forget()
    except OSError as error:
        raise IndexTrouble(f"can't remove {error.filename}: {error.strerror or error}") from error
    say(f"the index of {place.root} is gone")


async def _scan(place: IndexPlace, limits: Limits, *, anew: bool) -> None:
    step = Scanned()
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status("looking for files") as status, closing(scan(place, limits, anew=anew)) as steps:
        for step in steps:
            waits = "waiting for another process that does the same"
            status.update(waits if step.waiting else f"{step.found:,} files, {step.read:,} read")
            # Ctrl-C cancels this task, which notices it where it awaits.
            await asyncio.sleep(0)
    say(_summary(step, place))


def _summary(step: Scanned, place: IndexPlace) -> str:
    parts = [f"{step.read:,} files read", f"{step.removed:,} removed"]
    if step.refused:
        parts.append(f"{step.refused:,} can't be read as text")
    if step.left_out:
        parts.append(f"{step.left_out:,} left out (index.max_files, index.max_megabytes)")
    return f"{place.root.name or os.sep}: {', '.join(parts)}"


def _chunks(found: list[FoundChunk], nothing: str, *, as_json: bool) -> None:
    if as_json:
        print_json([chunk_json(chunk) for chunk in found])
    else:
        for chunk in found:
            print_chunk(chunk)
    _none(bool(found), nothing)


def _symbols(store: Store, name: str, number: int, *, as_json: bool) -> None:
    found = symbols_named(store, name, number)
    if as_json:
        print_json([symbol_json(symbol) for symbol in found])
    else:
        for symbol in found:
            print_symbol(symbol)
    _none(bool(found), f"{name!r} isn't defined in a file of a language that has a grammar here")


def _none(found: bool, why: str) -> None:
    if not found:
        say(why)
        raise typer.Exit(EXIT_NOTHING)
