"""Finds the command that checks the project around a folder."""

from __future__ import annotations

from pathlib import Path

from postil.core.verify.found_check import FILES, found_check

# A manifest of more isn't one that a person wrote.
_MOST = 1_000_000


def check_of(folder: Path, top: Path) -> tuple[str, Path] | None:
    """The command, and the nearest folder (from `folder` up to `top`) whose files tell it."""
    for at in (folder, *folder.parents):
        files: dict[str, str] = {}
        for name in FILES:
            try:
                with (at / name).open("rb") as file:
                    files[name] = file.read(_MOST).decode("utf-8", "replace")
            except OSError:
                continue  # most projects have one of them
        command = found_check(files, {entry.name for entry in at.iterdir()})
        if command is not None:
            return command, at
        if at == top:
            break
    return None
