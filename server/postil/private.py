"""Files and folders of ours that are for this user only, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path

# On Windows both change nothing that matters: a user's folders are closed to others there.
FILE, FOLDER = 0o600, 0o700


def folder(path: Path) -> Path:
    """Makes the folder where it is missing, with its parents. Raises OSError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    path.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    for one in missing:
        one.chmod(FOLDER)
    return path


def opener(path: str, flags: int) -> int:
    """For `open`: a new file is made so, and one that is there becomes so before anything is written to it."""
    opened = os.open(path, flags, FILE)
    if os.name != "nt" and os.fstat(opened).st_mode & 0o077:
        os.fchmod(opened, FILE)
    return opened


def made(path: Path) -> None:
    """Makes an empty file, for whoever writes to it by other means. Raises OSError."""
    os.close(opener(str(path), os.O_CREAT | os.O_WRONLY))
