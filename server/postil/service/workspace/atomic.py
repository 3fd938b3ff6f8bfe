"""A file written in one step."""

from __future__ import annotations

import os
from pathlib import Path

from postil import private as ours


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8 with `\\n` line ends; whoever watches the folder (made where it is missing) never reads a half, and
    a full disk leaves the old file as it is. `private`: for this user's eyes only. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if private:
            ours.folder(path.parent)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
        # "x": a link that somebody has put there is not followed.
        part.unlink(missing_ok=True)
        with open(part, "x", encoding="utf-8", newline="\n", opener=ours.opener if private else None) as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
