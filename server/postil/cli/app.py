"""`postil`: the table of sub-commands.

The one place of the command line where an import waits: a sub-command's module is imported when that command runs, so
that `postil review` doesn't import the language server, nor `postil doctor` the tables of all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from postil import __version__


def _serve(app: typer.Typer) -> None:
    # `__main__` handles this command before typer is imported; here it is for the list of commands.
    passed_on = {"allow_extra_args": True, "ignore_unknown_options": True}

    @app.command("serve", context_settings=passed_on, add_help_option=False)
    def serve(context: typer.Context) -> None:
        """Run the language server, for editors."""
        from postil.cli.serve import run

        raise typer.Exit(run(context.args) or 0)


def _review(app: typer.Typer) -> None:
    from postil.cli.review.command import ReviewCommand, review

    app.command("review", cls=ReviewCommand)(review)


def _fix(app: typer.Typer) -> None:
    from postil.cli.fix.command import FixCommand, fix

    app.command("fix", cls=FixCommand)(fix)


def _calibrate(app: typer.Typer) -> None:
    from postil.cli.calibrate import calibrate

    app.command("calibrate")(calibrate)


def _personas(app: typer.Typer) -> None:
    from postil.cli.personas import app as personas

    app.add_typer(personas, name="personas")


def _models(app: typer.Typer) -> None:
    from postil.cli.models import app as models

    app.add_typer(models, name="models")


def _index(app: typer.Typer) -> None:
    from postil.cli.index import index

    app.command("index")(index)


def _ask(app: typer.Typer) -> None:
    from postil.cli.agent.ask import ask

    app.command("ask")(ask)


def _agent(app: typer.Typer) -> None:
    from postil.cli.agent.talk import app as agent

    app.add_typer(agent, name="agent")


def _mcp(app: typer.Typer) -> None:
    from postil.cli.mcp.command import app as mcp

    app.add_typer(mcp, name="mcp")


def _acp(app: typer.Typer) -> None:
    from postil.cli.acp.command import acp

    app.command("acp")(acp)


def _doctor(app: typer.Typer) -> None:
    from postil.cli.doctor.command import doctor

    app.command("doctor")(doctor)


# In the order of `postil --help`.
COMMANDS: dict[str, Callable[[typer.Typer], None]] = {
    "serve": _serve,
    "review": _review,
    "fix": _fix,
    "calibrate": _calibrate,
    "personas": _personas,
    "models": _models,
    "index": _index,
    "ask": _ask,
    "agent": _agent,
    "mcp": _mcp,
    "acp": _acp,
    "doctor": _doctor,
}


class LazyGroup(TyperGroup):
    """Has the names of its sub-commands, and makes a sub-command at its first use. Typer keeps its class to itself."""

    def list_commands(self, ctx: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> Any:
        add = COMMANDS.get(cmd_name)
        if add is None:
            return None
        alone = typer.Typer(add_completion=False)
        add(alone)
        return get_group(alone).commands[cmd_name]


app = typer.Typer(
    cls=LazyGroup,
    name="postil",
    help="Review notes for your code from a model on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    # A trace with every local variable in it would print the user's code, and it hides the error's own words.
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def postil(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Review notes for your code from a model on your own machine."""
