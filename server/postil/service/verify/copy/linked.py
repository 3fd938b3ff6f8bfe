"""Links a workspace's folders of dependencies into its copy, so that a check finds them and nothing writes to them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_MODULES = "node_modules"


def link_dependencies(workspace: Path, root: Path, folders: Iterable[str]) -> None:
    """For each of these folders (relative) the environments of Python and the modules of Node that stand in it, as far
    as the copy at `root` hasn't got them. Cargo's `target` isn't linked: it would be written to."""
    for folder in sorted({".", *folders}):
        for name in _ENVIRONMENTS:
            source, target = workspace / folder / name, root / folder / name
            if (source / "pyvenv.cfg").is_file() and not os.path.lexists(target):
                target.symlink_to(source)
        source, target = workspace / folder / _MODULES, root / folder / _MODULES
        if source.is_dir() and not os.path.lexists(target):
            _link_modules(source, target, workspace, root)


def _link_modules(source: Path, target: Path, workspace: Path, root: Path) -> None:
    """A folder of the copy's own with links in it: tools keep their caches in `node_modules` itself (`.vite`,
    `.cache`)."""
    target.mkdir(parents=True)
    for entry in sorted(source.iterdir()):
        if entry.name in (".cache", ".vite", ".vitest"):
            continue
        if entry.name.startswith("@") and entry.is_dir() and not entry.is_symlink():
            _link_modules(entry, target / entry.name, workspace, root)
            continue
        real = Path(os.path.realpath(entry))
        if entry.is_symlink() and workspace in real.parents and _MODULES not in real.relative_to(workspace).parts:
            # A package of this workspace: the copy's own.
            real = root / real.relative_to(workspace)
        else:
            real = entry
        (target / entry.name).symlink_to(real)
