"""`postil doctor`: what is here, what is missing, and the command that fixes it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from postil.cli.doctor.checks import Check, Diagnosis, examine
from postil.cli.failures import failed
from postil.cli.model_tables import print_abilities
from postil.cli.running import any_text_to_stdout
from postil.core.text.plain import one_line

EXIT_NOT_READY = 1

_MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "missing": ("missing", "red")}
_MARK_WIDTH = 9
_NAME_WIDTH = 16


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Tell what is found, what is missing, and the command that fixes it.

    Exit codes: 0 a review could run now; 1 it could not.
    """
    try:
        diagnosis = asyncio.run(examine(Path.cwd()))
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a sentence
        failed(error)
        raise typer.Exit(EXIT_NOT_READY) from None
    any_text_to_stdout()
    if as_json:
        print(json.dumps(asdict(diagnosis), indent=2, ensure_ascii=False))
    else:
        _print(diagnosis)
    raise typer.Exit(0 if diagnosis.ready else EXIT_NOT_READY)


def _print(diagnosis: Diagnosis) -> None:
    typer.echo(f"postil {diagnosis.version}\n")
    for check in diagnosis.checks:
        _print_check(check)
    for one in diagnosis.abilities:
        typer.echo(f"\n{one_line(one.model)} on {diagnosis.engine}:")
        print_abilities(one.abilities, "  ")
    if diagnosis.ready:
        typer.secho("\nA review can run: postil review FILE", fg="green")
    else:
        typer.secho("\nA review can't run yet: see what is marked as missing.", fg="red")


def _print_check(check: Check) -> None:
    word, colour = _MARKS[check.status]
    mark = typer.style(f"{word:<{_MARK_WIDTH}}", fg=colour)
    typer.echo(f"{mark}{check.name:<{_NAME_WIDTH}}{one_line(check.text)}")
    if check.fix:
        typer.echo(f"{'':<{_MARK_WIDTH + _NAME_WIDTH}}-> {one_line(check.fix)}")
