"""A check that settings name: its command, where it runs, and who has named it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """`command` runs in `folder`, which is in `workspace`. `users`: the user's own file names it, so that it needs no
    further consent."""

    name: str
    command: str
    workspace: Path
    folder: Path
    users: bool

    @property
    def key(self) -> tuple[str, str]:
        return str(self.workspace), self.name


class NoSuchCheck(Exception):
    """The settings don't name this check, or it can't run where they say. The message includes the next step."""


def project_check(settings: Settings, foreign: frozenset[str], workspace: Path, name: str) -> ProjectCheck:
    """The check of this name for a workspace. `foreign`: names that not only the user's own file decides about. Raises
    NoSuchCheck."""
    check = settings.checks.get(name)
    command = check.command.strip() if check is not None else ""
    if check is None or not command:
        known = ", ".join(names(settings))
        raise NoSuchCheck(
            f"there is no check called {name!r}: {f'known are {known}' if known else f'set checks.{name}.command'}"
        )
    workspace = Path(os.path.realpath(workspace))
    folder = Path(os.path.realpath(workspace / check.folder))
    if folder != workspace and workspace not in folder.parents:
        raise NoSuchCheck(f"checks.{name}.folder leads out of {workspace}: name a folder inside of it")
    if not folder.is_dir():
        raise NoSuchCheck(f"checks.{name}.folder: there is no folder {folder}")
    return ProjectCheck(name, command, workspace, folder, name not in foreign)


def names(settings: Settings) -> tuple[str, ...]:
    """The names of the checks that have a command."""
    return tuple(name for name, check in settings.checks.items() if check.command.strip())


def name_by_evidence(settings: Settings, evidence: Sequence[str]) -> str:
    """The check that says whether a note's fix breaks anything: the first of those that its persona names, else the
    first of all. "" when there is none."""
    known = names(settings)
    return next((name for name in evidence if name in known), next(iter(known), ""))


def names_on_save(settings: Settings) -> tuple[str, ...]:
    """The names of the checks that run after a save."""
    return tuple(name for name in names(settings) if settings.checks[name].on_save)
