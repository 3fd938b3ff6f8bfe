"""`postil personas`: list, show, check, new; push into Ollama and pull out of it.

Exit codes: 0 done; 1 `check` found errors; 2 wrong usage; 3 engine or model unavailable, or an unexpected
failure; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, get_args

import typer

from postil.cli.model_tables import print_facts
from postil.cli.persona_tables import list_json, print_list, show_json
from postil.cli.pull import show_steps
from postil.cli.running import print_json, run, say
from postil.cli.user_personas import personas_here, troubles, workspace_here
from postil.cli.user_settings import settings_here
from postil.core.models.catalogue import catalogue
from postil.core.persona.header import PersonaRole
from postil.core.text.plain import plain
from postil.service.models.stores import listed_stores
from postil.service.personas import admin
from postil.service.personas.admin import Written, find
from postil.service.personas.load import PersonaSet, read_text
from postil.settings import Settings

app = typer.Typer(help="List, check and make personas, and exchange them with Ollama.", no_args_is_help=True)

EXIT_FOUND = 1

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
To = Annotated[Path | None, typer.Option("--to", help="Folder to write into. Default: your own personas.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]


@app.command("list")
def list_personas(as_json: AsJson = False) -> None:
    """List the personas in effect here: shipped, your own, the workspace's; of the same name the last one counts."""

    async def work() -> None:
        settings, personas = _here()
        if as_json:
            print_json(list_json(settings, personas))
        else:
            print_list(settings, personas)

    _run(work)


@app.command()
def show(name: str, as_json: AsJson = False) -> None:
    """Show a persona: its file, its effective settings, and its text."""

    async def work() -> None:
        settings, personas = _here()
        persona, file = find(personas, name)
        text = read_text(file.path)[0] or ""
        facts = show_json(settings, persona, file)
        if as_json:
            print_json({**facts, "text": text})
        else:
            print_facts(facts)
            print(f"\n{plain(text)}", end="")

    _run(work)


@app.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders. Default: all personas.")] = None,
) -> None:
    """Check Modelfiles: `path:line:column: severity: message` for each problem. Exit code 1 when one is an error."""

    async def work() -> None:
        checked = admin.check(paths) if paths else admin.check_places(settings_here(), [workspace_here(Path.cwd())])
        for trouble in checked.problems:
            print(plain(admin.problem_line(trouble)))
        files = "1 file" if checked.files == 1 else f"{checked.files} files"
        say(f"{files} checked, {checked.errors or 'no'} error{'s' if checked.errors != 1 else ''}")
        if checked.errors:
            raise typer.Exit(EXIT_FOUND)

    _run(work)


@app.command()
def push(
    name: str,
    model: Annotated[
        str | None, typer.Option("--as", help="What the model is called in Ollama. Default: postil-NAME.")
    ] = None,
) -> None:
    """Make a persona a model of Ollama's, for `ollama run postil-NAME`."""

    async def work() -> None:
        settings, personas = _here()
        _, file = admin.find(personas, name)
        made = admin.push_name(name, model)
        await show_steps(admin.push(settings, file, made))
        say(f"Ollama has it: ollama run {made}")

    _run(work)


@app.command()
def pull(
    model: str,
    name: Annotated[str | None, typer.Option("--name", help="The persona's name. Default: of the model's.")] = None,
    to: To = None,
    force: Force = False,
) -> None:
    """Write a model of Ollama's as a persona: its SYSTEM, PARAMETERs and MESSAGEs."""

    async def work() -> None:
        _written(await admin.pull(settings_here(), model, name, to, force=force))

    _run(work)


@app.command()
def new(
    name: str,
    role: Annotated[str | None, typer.Option("--role", help="review, complete, chat, document, test, action.")] = None,
    model: Annotated[str | None, typer.Option("--from", help="The model that it is made of.")] = None,
    title: Annotated[str, typer.Option("--title", help="How people see its name.")] = "",
    to: To = None,
    force: Force = False,
) -> None:
    """Write the first file of a persona. On a terminal it asks for what isn't given."""

    async def work() -> None:
        asks = sys.stdin.isatty()
        chosen = role or (_ask("Role", _roles(), "review") if asks else "review")
        needed = "complete" if chosen == "complete" else "review"
        default = catalogue().default(needed).name
        base = model or (_ask("Model", await _models(settings_here()), default) if asks else default)
        _written(admin.new(name, chosen, base, title, to, force=force))

    _run(work)


def _run(work: Callable[[], Awaitable[None]]) -> None:
    run(work, "stopped; what is made already stays")


def _here() -> tuple[Settings, PersonaSet]:
    """Settings and personas; problems of files are printed."""
    settings = settings_here()
    personas = personas_here(settings, Path.cwd())
    for line in troubles(personas):
        say(line)
    return settings, personas


def _written(written: Written) -> None:
    for note in written.notes:
        say(note)
    print(written.path)


def _roles() -> Sequence[str]:
    return get_args(PersonaRole)


async def _models(settings: Settings) -> Sequence[str]:
    """The models that are here, of all engines."""
    found: list[str] = []
    for store in await listed_stores(settings, "auto", say):
        async with aclosing(store):
            found += [model.name for model in await store.models() if model.size is not None]
    return list(dict.fromkeys(found))


def _ask(what: str, known: Sequence[str], default: str) -> str:
    said: str = typer.prompt(f"{what} ({', '.join(known)})" if known else what, default=default, err=True)
    return said.strip()
