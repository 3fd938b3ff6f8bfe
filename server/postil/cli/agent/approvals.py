"""`postil agent approvals`: shows what was agreed to for ever in conversations, and takes it back.

Exit codes: 0 done; 2 wrong usage; 3 an approval can't be read or removed.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from postil.cli.running import EXIT_ENGINE, any_text_to_stdout, print_json, run, say
from postil.core.text.plain import one_line, plain
from postil.service.agent.safety.approvals import Approval, Approvals, every_approval, revoke
from postil.service.models.stores import WrongUsage

app = typer.Typer(help="What you have agreed to for ever.")


@dataclass(frozen=True, slots=True)
class _Row:
    """An approval in words."""

    number: int
    workspace: str
    kind: str
    what: str
    day: str


@app.command()
def approvals(
    number: Annotated[
        int | None, typer.Option("--revoke", metavar="N", help="Take back the one of this number.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Take all of them back, broken files included.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what you have agreed to with "always" in conversations, in all workspaces, or take it back.

    Exit codes: 0 done; 2 wrong usage; 3 an approval can't be read or removed.
    """

    async def work() -> None:
        if number is not None and every:
            raise WrongUsage("--revoke takes one back, --all takes all: use one of them")
        found = every_approval()
        rows = [_row(place, one) for place, one in enumerate(found.kept, 1)]
        if number is not None:
            if not 1 <= number <= len(rows):
                raise WrongUsage(f"there is no approval {number}: `postil agent approvals` lists {len(rows)}")
            _removed(Approvals(found.kept[number - 1 : number]))
            say(f"taken back: {rows[number - 1].what} in {rows[number - 1].workspace}")
            return
        if every:
            _removed(found)
            say(f"taken back: {len(found.kept) + len(found.broken)}")
            return
        any_text_to_stdout()
        if as_json:
            print_json([_json(row) for row in rows])
        elif rows:
            _print(rows)
        else:
            say("nothing was agreed to for ever")
        if found.broken:
            say(found.words())
            raise typer.Exit(EXIT_ENGINE)

    run(work, "stopped")


def _removed(found: Approvals) -> None:
    for file in (*(one.file for one in found.kept), *(file for file, _ in found.broken)):
        try:
            revoke(file)
        except OSError as error:
            say(f"{file} can't be removed: {error.strerror or error}")
            raise typer.Exit(EXIT_ENGINE) from None


def _row(number: int, one: Approval) -> _Row:
    kept = one.kept
    if kept.shape is not None:
        what = shlex.join((*kept.shape.words, *kept.shape.rest))
        what += " (and with other paths of the workspace)" if kept.shape.paths else ""
    elif kept.kind == "mcp":
        what = f"{kept.tool} of the server {kept.server}"
    else:
        what = f"edits by {kept.tool}"
    try:
        day = datetime.fromtimestamp(one.at, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        day = ""
    return _Row(number, one.workspace, kept.kind, one_line(plain(what)), day)


def _json(row: _Row) -> dict[str, str | int]:
    return {"number": row.number, "workspace": row.workspace, "kind": row.kind, "what": row.what, "day": row.day}


def _print(rows: list[_Row]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in ("", "what", "workspace", "since"):
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(str(row.number), Text(row.what), Text(plain(row.workspace)), row.day)
    Console().print(table)
