"""The effective settings of a command in a folder, and their problems as messages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from postil.cli.running import say
from postil.service.config.here import with_models, workspace_of
from postil.service.config.load import LoadedSettings, load_settings, user_file
from postil.service.models.stores import WrongUsage
from postil.settings import Settings


def loaded_settings(folder: Path) -> LoadedSettings:
    """From the user's file and the workspace's."""
    return with_models(load_settings(user_file=user_file(), workspace=workspace_of(folder)), folder, user_file().parent)


def checked_settings(folder: Path, flags: Mapping[str, object] | None, file: Path | None = None) -> LoadedSettings:
    """As `loaded_settings`, with a command's flags over the files, and `file` in place of the user's. Problems in files
    are printed and ignored; problems in flags raise WrongUsage."""
    loaded = load_settings(user_file=file or user_file(), workspace=workspace_of(folder), flags=flags)
    wrong = [problem for problem in loaded.problems if problem.source == "flags"]
    if wrong:
        raise WrongUsage("; ".join(f"{problem.key}: {problem.message}" for problem in wrong))
    loaded = with_models(loaded, folder, user_file().parent)
    _tell(loaded)
    return loaded


def settings_here() -> Settings:
    """As `loaded_settings` of the current folder; problems are printed and ignored."""
    loaded = loaded_settings(Path.cwd())
    _tell(loaded)
    return loaded.settings


def _tell(loaded: LoadedSettings) -> None:
    for problem in loaded.problems:
        say(str(problem))
