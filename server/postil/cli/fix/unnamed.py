"""What `postil fix` asks when the user names nothing: the repairer's evidence, or the command of this project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from postil.cli.fix.named import at_terminal, consented, named_check
from postil.cli.fix.options import FixOptions
from postil.core.verify.findings.tools import tools
from postil.service.checks.accepted import is_accepted
from postil.service.checks.project import ProjectCheck, names
from postil.service.config.load import LoadedSettings
from postil.service.models.stores import WrongUsage
from postil.service.verify.found import check_of
from postil.settings import Settings

# In a persona's evidence: the command that the project itself names (package.json, Makefile …), unless a check has
# this name.
TESTS = "tests"
# As `--check`, the project's own command. No name of a check and no command line looks like it.
OWN = "\0own"


def by_evidence(options: FixOptions, evidence: Sequence[str], settings: Settings) -> FixOptions:
    """The options with the tool and the check that a persona's evidence names first. Raises WrongUsage."""
    checks = (TESTS, *names(settings))
    unknown = [name for name in evidence if name not in checks and name not in tools()]
    if unknown:
        known = ", ".join(dict.fromkeys((*checks, *tools())))
        raise WrongUsage(f"the repairer's evidence names {unknown[0]!r}, which is no check and no tool: use {known}")
    check = next((name if name in settings.checks else OWN for name in evidence if name in checks), None)
    tool = next((name for name in evidence if name not in checks), None)
    return replace(options, check=check, tool=tool)


def command_of(given: str, loaded: LoadedSettings, workspace: Path, root: Path, top: Path) -> tuple[str, Path]:
    """The command line and its folder: of `--check`, or the project's own for "" and OWN. Asks the user where that is
    needed. `workspace`: where the settings are; `top`: what is copied. Raises WrongUsage and CheckTrouble."""
    if given not in ("", OWN):
        return named_check(given, loaded, workspace, root)
    known = names(loaded.settings)
    if known and given != OWN:
        lines = "\n".join(f"    postil fix --check {name}" for name in known)
        raise WrongUsage(f"no check is named. The settings have the following:\n\n{lines}\n")
    found = check_of(root, top)
    if found is None:
        raise WrongUsage("name the command that fails: postil fix --check 'COMMAND'")
    command, folder = found
    there = "" if folder == root else f" in {folder}"
    check = ProjectCheck(TESTS, command, top, folder, users=False)
    if not is_accepted(check) and not at_terminal():
        line = f"    postil fix --check '{command}'\n"
        raise WrongUsage(f"no check is named. This project's seems to be the following{there}:\n\n{line}")
    consented(
        check,
        f"no check is named. This project's seems to be `{command}`{there}. It is run with your rights, on code that a"
        " model wrote, too.",
    )
    return command, folder
