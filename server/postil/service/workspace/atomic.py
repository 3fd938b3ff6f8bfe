"""Writes a file atomically."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from postil import private as private_files


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8 with `\\n` line ends, and create the folder if needed. No reader ever sees a partial file, and a full
    disk leaves the old file unchanged. `private`: only this user may read it. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if private:
            private_files.folder(path.parent)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Mode "x" doesn't follow a symbolic link that somebody else may have created there.
        part.unlink(missing_ok=True)
        opener = private_files.opener if private else None
        with open(part, "x", encoding="utf-8", newline="\n", opener=opener) as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def replace_whole(path: Path, data: bytes) -> None:
    """Replace a file by these bytes, with its permissions. No reader ever sees a partial file. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(data)
        shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
