"""The effective settings of a command in a folder, and their problems as messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from postil.cli.running import say
from postil.core.models.overrides import use_known
from postil.service.config.load import FILE_NAME, LoadedSettings, load_settings, user_file
from postil.service.config.models_file import read_models
from postil.service.models.stores import WrongUsage
from postil.settings import Settings


def workspace_of(folder: Path) -> Path | None:
    """The nearest folder, upwards, that has a `postil.toml`."""
    return next((at for at in (folder, *folder.parents) if (at / FILE_NAME).is_file()), None)


def loaded_settings(folder: Path) -> LoadedSettings:
    """From the user's file and the workspace's."""
    return with_models(load_settings(user_file=user_file(), workspace=workspace_of(folder)), folder)


def with_models(loaded: LoadedSettings, folder: Path) -> LoadedSettings:
    """Make this process know what the user and the workspace say of models; with the problems of their files."""
    workspace = (workspace_of(folder) or folder) if loaded.settings.trust_workspace else None
    models, problems, sources = read_models(user_file().parent, workspace)
    use_known(models)
    return replace(loaded, problems=(*loaded.problems, *problems), sources=(*loaded.sources, *sources))


def checked_settings(folder: Path, flags: Mapping[str, object] | None, file: Path | None = None) -> LoadedSettings:
    """As `loaded_settings`, with a command's flags over the files, and `file` in place of the user's. Problems in files
    are printed and ignored; problems in flags raise WrongUsage."""
    loaded = load_settings(user_file=file or user_file(), workspace=workspace_of(folder), flags=flags)
    wrong = [problem for problem in loaded.problems if problem.source == "flags"]
    if wrong:
        raise WrongUsage("; ".join(f"{problem.key}: {problem.message}" for problem in wrong))
    loaded = with_models(loaded, folder)
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
