"""The check that `--check` names, with the user's consent where another than they has written its command line."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import typer

from postil.cli.running import say
from postil.core.text.plain import plain
from postil.service.checks.accepted import accept, is_accepted, question
from postil.service.checks.project import NoSuchCheck, ProjectCheck, names, project_check
from postil.service.config.load import LoadedSettings
from postil.service.models.stores import WrongUsage
from postil.service.verify.trouble import CheckTrouble

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def named_check(given: str, loaded: LoadedSettings, workspace: Path, root: Path) -> tuple[str, Path]:
    """The command line and the folder in which it runs: of the check of this name in the settings of `workspace`; else
    `given` itself, in `root`. Asks the user where that is needed. Raises WrongUsage and CheckTrouble."""
    if given not in loaded.settings.checks:
        if _NAME.fullmatch(given) and shutil.which(given) is None:
            known = names(loaded.settings)
            told = (
                f"known are {', '.join(known)}" if known else f"set checks.{given}.command, or name the command itself"
            )
            raise CheckTrouble(f"the check can't be started: there is no check and no program called {given!r}: {told}")
        return given, root
    try:
        check = project_check(loaded.settings, loaded.foreign_checks, workspace, given)
    except NoSuchCheck as problem:
        raise WrongUsage(str(problem)) from None
    if not is_accepted(check) and not at_terminal():
        raise WrongUsage(
            f"{question(check)} You haven't said yes to that line: do it once in a terminal (postil fix --check"
            f" {given}), or name the command itself (--check 'COMMAND')"
        )
    consented(check, question(check))
    return check.command, check.folder


def consented(check: ProjectCheck, asked: str) -> None:
    """Asks the user at the terminal, unless they have said yes to this line. Raises WrongUsage when they don't."""
    if is_accepted(check):
        return
    say(asked)
    if not typer.confirm("Run it, now and later?", err=True):
        raise WrongUsage("nothing was run")
    try:
        accept(check)
    except OSError as error:
        say(f"can't remember your yes: {error.strerror or error} ({plain(str(error.filename))})")


def at_terminal() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin.isatty()
