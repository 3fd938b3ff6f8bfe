"""Where the index of a workspace is: a private folder in the user's cache, and which of the files in it counts."""

from __future__ import annotations

import os
import secrets
import shutil
import time
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from postil import private
from postil.engine.download.store import cache_dir
from postil.service.workspace.atomic import write_whole

# Changes with the tables, and with anything in `core/context` that gives other symbols or chunks for the same text.
FORMAT = 2
# What a letter is differs by Unicode's version: with another one the words of a chunk couldn't be taken back. Another
# version of Postil or Python uses a file of its own, so that two that run at once don't rebuild each other's.
VERSION = f"{FORMAT}-{unicodedata.unidata_version}"

# An index that nobody has used for so long is removed when another one is made.
UNUSED_DAYS = 60.0
# So long a process may hold a file that doesn't count any more.
_LEFT_OVER_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """The folder of one workspace's index."""

    root: Path
    folder: Path

    @property
    def lock(self) -> Path:
        """Held by whoever compares the index with all files of the workspace."""
        return self.folder / "scan.lock"

    @property
    def vectors_lock(self) -> Path:
        """Held by whoever makes vectors."""
        return self.folder / "vectors.lock"

    @property
    def _pointer(self) -> Path:
        return self.folder / f"current-{VERSION}"

    def current(self) -> Path | None:
        """The database that counts; None if there is none."""
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        # The file holds a name of ours and no path.
        return self.folder / name if name.startswith("index-") and os.sep not in name and "/" not in name else None

    def new(self) -> Path:
        """An empty private file for another database, under a name that was never used. A process that still has the
        old one open, and removes its log when it closes it, can't hurt the new one. Raises OSError."""
        private.folder(self.folder)
        path = self.folder / f"index-{VERSION}-{secrets.token_hex(6)}.db"
        private.made(path)
        return path

    def use(self, path: Path) -> None:
        """From now on this database counts. Raises OSError."""
        write_whole(self._pointer, path.name, private=True)
        for other in self.folder.glob("index-*"):
            if not other.name.startswith(path.name) and (other.name.startswith(f"index-{VERSION}-") or _is_old(other)):
                _remove(other)

    def discard(self) -> None:
        """The database that counts is damaged: from now on none counts. Raises OSError."""
        self._pointer.unlink(missing_ok=True)

    def touch(self) -> None:
        """It is in use."""
        try:
            os.utime(self.folder)
        except OSError:
            # It is only about when it is removed.
            return

    def forget(self) -> None:
        """Remove the index. Raises OSError."""
        if self.folder.is_dir():
            shutil.rmtree(self.folder)


def index_place(root: Path) -> IndexPlace:
    """Of the workspace at `root`, whether there is one or not."""
    real = os.path.realpath(root)
    digest = sha256(os.fsencode(real)).hexdigest()[:32]
    return IndexPlace(Path(real), _all() / digest)


def why_not(root: Path) -> str | None:
    """Why a folder isn't indexed: a home folder holds many projects, and all that isn't code."""
    real, home = Path(os.path.realpath(root)), Path(os.path.realpath(Path.home()))
    if real == home or real in home.parents:
        return f"{real} holds more than one project: open the folder of one"
    return None if real.is_dir() else f"{real} is no folder"


def forget_unused(now: float | None = None) -> None:
    """Remove the indexes that nobody has used for UNUSED_DAYS."""
    before = (time.time() if now is None else now) - UNUSED_DAYS * 86_400
    try:
        folders = [folder for folder in _all().iterdir() if folder.is_dir() and folder.stat().st_mtime < before]
    except OSError:
        return
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _all() -> Path:
    return cache_dir() / "indexes"


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - _LEFT_OVER_SECONDS
    except OSError:
        return False


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        # On Windows another process may have it open; the next rebuild removes it.
        return
