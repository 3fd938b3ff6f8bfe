"""Files and folders that only this user may read, whatever the umask is."""

from __future__ import annotations

import os
from pathlib import Path

# On Windows neither has an effect that matters: other users can't read a user's folders there.
FILE, FOLDER = 0o600, 0o700


def folder(path: Path) -> Path:
    """Makes the folder and its parents where they are missing. Raises OSError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    path.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    for one in missing:
        one.chmod(FOLDER)
    return path


def opener(path: str, flags: int) -> int:
    """For `open`: sets the mode of a new file, and of an existing one before anything is written to it."""
    opened = os.open(path, flags, FILE)
    if os.name != "nt" and os.fstat(opened).st_mode & 0o077:
        os.fchmod(opened, FILE)
    return opened


def made(path: Path) -> None:
    """Makes an empty file, to be written by other code. Raises OSError."""
    os.close(opener(str(path), os.O_CREAT | os.O_WRONLY))
