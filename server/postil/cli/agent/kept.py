"""`postil agent history` and `postil agent forget`: the conversations of this workspace that are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from postil.cli.agent.opened import workspace_here
from postil.cli.running import any_text_to_stdout, print_json, run, say
from postil.core.text.plain import one_line
from postil.service.agent.history.history import History
from postil.service.models.stores import WrongUsage

# Of an id: enough to name one.
_SHORT = 8


def history(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the conversations of this workspace that are kept, the newest first."""

    async def work() -> None:
        any_text_to_stdout()
        kept = History(workspace_here())
        try:
            found = kept.list()
        finally:
            kept.close()
        if as_json:
            rows = [{"id": one.id, "title": one.title, "began": one.began, "changed": one.changed} for one in found]
            print_json(rows)
            return
        if not found:
            say("no conversation about this workspace is kept")
            return
        table = Table("id", "when", "turns", "how it began", box=None)
        for one in found:
            day = datetime.fromtimestamp(one.changed, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
            table.add_row(one.id[:_SHORT], day, str(one.exchanges), Text(one_line(one.title)))
        Console(highlight=False, markup=False, emoji=False).print(table)

    run(work, "")


def forget(
    id: Annotated[str | None, typer.Argument(help="How the id of the conversation begins.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="All conversations of this workspace.")] = False,
) -> None:
    """Remove a conversation of this workspace, or all of them, for good."""

    async def work() -> None:
        if (id is None) == (not every):
            raise WrongUsage("say which conversation: its id (`postil agent history` lists them), or --all")
        kept = History(workspace_here())
        try:
            if every:
                kept.forget_all()
                say("all conversations about this workspace are forgotten")
                return
            found = kept.named(id or "")
            if not id or found is None:
                raise WrongUsage(f"there is no conversation whose id begins with {id!r}, or more than one")
            kept.forget(found.id)
            say(f"forgotten: {one_line(found.title)}")
        finally:
            kept.close()

    run(work, "")
