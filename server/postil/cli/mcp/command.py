"""`postil mcp`: serves other agents, and shows, tries and accepts the servers that Postil's own agent may use.

Exit codes: 0 done; 1 a server that was tried can't be used, or nothing waits for a yes; 2 wrong usage; 3 an unexpected
failure; 130 interrupted.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from postil.cli.fix.named import at_terminal
from postil.cli.mcp.tables import (
    Tried,
    print_servers,
    print_tried,
    problem_json,
    server_json,
    state_of,
    tried_json,
)
from postil.cli.running import EXIT_USAGE, any_text_to_stdout, exit_code, print_json, run, say
from postil.cli.user_personas import workspace_here
from postil.cli.user_settings import settings_here
from postil.service.mcp.accepted import accept, question, revoke
from postil.service.mcp.config import Configured, ServerConfig, ServerTrouble, configured
from postil.service.models.stores import WrongUsage
from postil.service.workspace.files import repository_root

EXIT_NOTHING = 1
# A server that is fetched first (npx, uvx) takes its time.
_WAIT = 120.0

app = typer.Typer(no_args_is_help=False, add_completion=False)


@app.callback(invoke_without_command=True)
def mcp(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", metavar="FOLDER", help="Whose files it may read. Default: this folder."),
    ] = None,
    engine_script: Annotated[Path | None, typer.Option("--engine-script", hidden=True)] = None,
    engine_journal: Annotated[Path | None, typer.Option("--engine-journal", hidden=True)] = None,
) -> None:
    """Serve other agents over the Model Context Protocol (stdio): review, fix, explain, search_code.

    With a sub-command: the servers whose tools Postil's own agent may use.
    """
    if context.invoked_subcommand is not None:
        return
    if find_spec("mcp") is None:
        _no_package()
    from postil.mcp.serve import serve

    root = workspace if workspace is not None else Path.cwd()
    if not root.is_dir():
        say(f"--workspace: there is no folder {root}")
        raise typer.Exit(EXIT_USAGE)
    serve(root, engine_script, engine_journal)


@app.command("list")
def list_servers(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the servers that are named, and whether they may be used. None is started."""

    async def work() -> None:
        found = _configured()
        any_text_to_stdout()
        if as_json:
            print_json(
                {
                    "servers": [server_json(one) for one in found.servers],
                    "problems": [problem_json(one) for one in found.problems],
                }
            )
            return
        if found.servers:
            print_servers(_console(), found.servers)
        else:
            say("no server is named: put [mcp_servers.NAME] into your postil.toml, see docs/mcp.md")
        _tell(found)
        if any(state_of(one) == "needs your yes" for one in found.servers):
            say("`postil mcp accept` shows the lines that wait for your yes")

    run(work, "interrupted")


@app.command("test")
def test_server(
    name: Annotated[str, typer.Argument(help="The server.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Start a server, or connect to it, and show what it offers."""

    async def work() -> int:
        found = _configured()
        config = _named(found, name)
        if state_of(config) == "needs your yes":
            raise WrongUsage(f"{question(config)} You haven't said yes to that line: postil mcp accept {name}")
        if config.disabled:
            raise WrongUsage(f"{name} is disabled: take `disabled` out of {config.file}")
        if find_spec("mcp") is None:
            _no_package()
        tried = await _tried(config)
        any_text_to_stdout()
        if as_json:
            print_json(tried_json(config, tried))
        elif tried.protocol:
            print_tried(_console(), config, tried)
        if not tried.protocol:
            for words in tried.troubles:
                say(words.partition(". `postil mcp test")[0])
            for line in tried.log[-20:]:
                say(f"{name} said: {line}")
            return EXIT_NOTHING
        return 0

    raise typer.Exit(exit_code(work, "interrupted"))


@app.command("accept")
def accept_server(
    name: Annotated[
        str | None, typer.Argument(help="The server. Default: each that waits.", show_default=False)
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take your yes back.")] = False,
) -> None:
    """Show the exact line of a server that this workspace names, and ask whether it may be used."""

    async def work() -> int:
        found = _configured()
        _tell(found)
        if forget:
            if name is None:
                raise WrongUsage("--forget: name the server")
            known = revoke(_named(found, name))
            say(f"{name}: your yes is taken back" if known else f"{name}: there is no yes to take back")
            return 0 if known else EXIT_NOTHING
        waiting = [one for one in found.servers if state_of(one) == "needs your yes" and name in (None, one.name)]
        if name is not None:
            _named(found, name)
        if not waiting:
            say("nothing waits for a yes")
            return EXIT_NOTHING
        if not at_terminal():
            # What asks for a yes must not be able to give it: an agent's command has no terminal.
            lines = "".join(f"\n{question(one)}" for one in waiting)
            raise WrongUsage(f"say yes in a terminal: postil mcp accept{lines}")
        for one in waiting:
            say(question(one))
            if not typer.confirm("Use it, now and later?", err=True):
                say(f"{one.name}: not used")
                continue
            try:
                accept(one)
            except OSError as error:
                raise WrongUsage(f"can't remember your yes: {error.strerror or error} ({error.filename})") from None
            say(f"{one.name}: may be used, as long as its line stays as it is")
        return 0

    raise typer.Exit(exit_code(work, "interrupted"))


async def _tried(config: ServerConfig) -> Tried:
    from postil.service.mcp.servers import Servers

    servers, began = Servers((config,)), time.monotonic()
    try:
        specs = await servers.tools(_WAIT)
        seconds = time.monotonic() - began
        try:
            client = servers.client_of(config.name)
        except ServerTrouble as error:
            troubles = servers.troubles or (str(error),)
            return Tried("", "", seconds, (), (), (), troubles, servers.log(config.name))
        info = client.server_info
        title = f"{info.title or info.name} {info.version or ''}".strip() if info is not None else ""
        hints = {spec.name: servers.hints(spec.name) for spec in specs}
        tools = tuple(
            (spec.name, spec.description + (f" ({', '.join(hints[spec.name])})" if hints[spec.name] else ""))
            for spec in specs
        )
        protocol = client.protocol_version
        prompts = tuple(one.name for one in await servers.prompts(config.name))
        resources = tuple(one.uri for one in await servers.resources(config.name))
        return Tried(protocol, title, seconds, tools, prompts, resources, servers.troubles, servers.log(config.name))
    finally:
        await servers.aclose()


def _configured() -> Configured:
    here = Path.cwd()
    root = workspace_here(here)
    return configured(settings_here(), root if root != here else repository_root(here) or here)


def _named(found: Configured, name: str) -> ServerConfig:
    for one in found.servers:
        if one.name == name:
            return one
    _tell(found)
    known = ", ".join(one.name for one in found.servers)
    raise WrongUsage(f"there is no server {name!r}: {f'known are {known}' if known else 'none is named'}")


def _tell(found: Configured) -> None:
    for problem in found.problems:
        say(str(problem))


def _no_package() -> None:
    say("MCP needs one more package: pip install 'postil[agent]'")
    raise typer.Exit(EXIT_USAGE)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)
