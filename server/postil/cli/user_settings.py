"""The effective settings of a command in a folder, and their problems as messages."""

from __future__ import annotations

import sys
from pathlib import Path

from postil.core.text.plain import plain
from postil.service.config.load import FILE_NAME, LoadedSettings, load_settings, user_file
from postil.settings import Settings


def workspace_of(folder: Path) -> Path | None:
    """The nearest folder, upwards, that has a `postil.toml`."""
    return next((at for at in (folder, *folder.parents) if (at / FILE_NAME).is_file()), None)


def loaded_settings(folder: Path) -> LoadedSettings:
    """From the user's file and the workspace's."""
    return load_settings(user_file=user_file(), workspace=workspace_of(folder))


def settings_told(folder: Path) -> Settings:
    """As `loaded_settings`; problems are printed to standard error and ignored."""
    loaded = loaded_settings(folder)
    for problem in loaded.problems:
        print(f"postil: {plain(str(problem))}", file=sys.stderr)
    return loaded.settings
