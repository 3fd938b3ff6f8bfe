"""The effective settings of a command in a folder, and their problems as messages."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from postil.core.models.overrides import use_known
from postil.core.text.plain import plain
from postil.service.config.load import FILE_NAME, LoadedSettings, load_settings, user_file
from postil.service.config.models_file import read_models
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


def settings_told(folder: Path) -> Settings:
    """As `loaded_settings`; problems are printed to standard error and ignored."""
    loaded = loaded_settings(folder)
    for problem in loaded.problems:
        print(f"postil: {plain(str(problem))}", file=sys.stderr)
    return loaded.settings
