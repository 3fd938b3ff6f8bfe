"""The settings of a process that belongs to a folder and to no editor: the workspace around it, and its models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from postil.core.models.overrides import use_known
from postil.service.config.load import FILE_NAME, LoadedSettings
from postil.service.config.models_file import read_models


def workspace_of(folder: Path) -> Path | None:
    """The nearest folder, upwards, that has a `postil.toml`."""
    return next((at for at in (folder, *folder.parents) if (at / FILE_NAME).is_file()), None)


def with_models(loaded: LoadedSettings, folder: Path, user: Path) -> LoadedSettings:
    """Make this process know what the user (in the folder `user`) and the workspace say of models; with the problems of
    their files."""
    workspace = (workspace_of(folder) or folder) if loaded.settings.trust_workspace else None
    models, problems, sources = read_models(user, workspace)
    use_known(models)
    return replace(loaded, problems=(*loaded.problems, *problems), sources=(*loaded.sources, *sources))
