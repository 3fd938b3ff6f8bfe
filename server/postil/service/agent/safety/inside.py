"""Reads and writes regular files of one folder. No link, whenever it was placed, leads out of it or into a `.git`.

On Linux and macOS each folder on the way is opened without following links, and the file is named relative to the last:
a folder that is exchanged for a link meanwhile is refused. Elsewhere paths are resolved and looked at before.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_BY_FD = {os.open, os.stat, os.unlink, os.mkdir, os.rmdir} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
# What file systems that don't tell case, or leave characters out, take for `.git`; and Windows' short name of it.
_LEFT_OUT = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[. ]+$")


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is. `mode`: its permission bits."""

    data: bytes
    mode: int


def is_gits(part: str) -> bool:
    """Whether a component of a path is, or may be taken for, a repository of git's."""
    return _LEFT_OUT.sub("", part.split(":")[0]).casefold() in (".git", "git~1")


@dataclass(frozen=True, slots=True)
class Inside:
    """`root`: absolute, links resolved. Methods take a path's parts below it. They raise OSError, and ValueError with a
    sentence for what is never touched."""

    root: Path

    def parts(self, path: Path) -> tuple[str, ...]:
        """A path's parts below the root, with links resolved as they are now."""
        if ".." in path.parts or "\0" in str(path):
            raise ValueError("its path has `..` in it")
        full = path if path.is_absolute() else self.root / path
        named = full.relative_to(self.root).parts if full.is_relative_to(self.root) else ()
        real = Path(os.path.realpath(full))
        if not real.is_relative_to(self.root) or real == self.root:
            raise ValueError("it is outside of the workspace")
        parts = real.relative_to(self.root).parts
        if any(map(is_gits, (*named, *parts))):
            raise ValueError("what is git's is never written")
        return parts

    def read(self, parts: tuple[str, ...], most: int) -> Found | None:
        """A file's bytes; None: there is none, or a folder on the way is missing."""
        try:
            with self._folder(parts) as (folder, name):
                # Not to wait for the other end of a pipe.
                flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
                handle = os.open(name, flags | getattr(os, "O_BINARY", 0), dir_fd=folder)
                with os.fdopen(handle, "rb") as file:
                    about = os.fstat(file.fileno())
                    if not stat.S_ISREG(about.st_mode):
                        raise ValueError("it is no regular file")
                    if about.st_size > most:
                        raise ValueError(f"it is larger than {most >> 20} MiB")
                    data = file.read(most + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(error) from None
        if len(data) > most:
            raise ValueError(f"it is larger than {most >> 20} MiB")
        return Found(data, stat.S_IMODE(about.st_mode))

    def write(self, parts: tuple[str, ...], data: bytes, mode: int | None) -> None:
        """Write a file as a whole: nobody ever sees a part of it. `mode` None: a new file's."""
        try:
            with self._folder(parts, make=True) as (folder, name):
                if not stat.S_ISREG(_mode_of(name, folder)):
                    raise ValueError("it is no regular file")
                # Short: a name may have 255 bytes, and the file's own may have them all.
                part = f".postil-{secrets.token_hex(4)}.part"
                if folder is None:
                    part = str(Path(name).with_name(part))
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
                try:
                    with os.fdopen(os.open(part, flags, 0o666, dir_fd=folder), "wb") as file:
                        file.write(data)
                        file.flush()
                        if mode is not None and os.name != "nt":
                            os.fchmod(file.fileno(), mode)
                    os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
                finally:
                    _unlink(part, folder)
        except OSError as error:
            raise _refused(error) from None

    def remove(self, parts: tuple[str, ...]) -> None:
        """Remove a file; it is fine if there is none."""
        try:
            with self._folder(parts) as (folder, name):
                _unlink(name, folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refused(error) from None

    def remove_empty(self, parts: tuple[str, ...]) -> None:
        """Remove a folder if nothing is in it."""
        try:
            with self._folder(parts) as (folder, name):
                os.rmdir(name, dir_fd=folder)
        except OSError:
            # It isn't empty, or has gone: both are the user's doing.
            return

    def missing_folders(self, parts: tuple[str, ...]) -> int:
        """How many of the folders above a file don't exist yet."""
        above = [self.root.joinpath(*parts[:end]) for end in range(1, len(parts))]
        return sum(1 for folder in above if not folder.is_dir())

    @contextmanager
    def _folder(self, parts: tuple[str, ...], make: bool = False) -> Generator[tuple[int | None, str]]:
        """The folder of a file, open, and the file's name in it; None and the whole path where the system can't."""
        if not parts or any(part in ("", ".", "..") or "/" in part or "\0" in part for part in parts):
            raise ValueError("that is no path within the workspace")
        if any(map(is_gits, parts)):
            raise ValueError("what is git's is never written")
        if not _BY_FD:
            yield None, str(self._by_path(parts, make))
            return
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        at = os.open(self.root, flags)
        try:
            for part in parts[:-1]:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=at)
                below = os.open(part, flags, dir_fd=at)
                os.close(at)
                at = below
            yield at, parts[-1]
        finally:
            os.close(at)

    def _by_path(self, parts: tuple[str, ...], make: bool) -> Path:
        path = self.root.joinpath(*parts)
        if self.parts(path) != parts:
            raise ValueError("a folder on its way has become a link")
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _mode_of(name: str, folder: int | None) -> int:
    """Of the file itself, a link not followed; a regular file's where there is none yet."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return stat.S_IFREG


def _unlink(name: str, folder: int | None) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _refused(error: OSError) -> OSError | ValueError:
    """A link where none may be has an error of its own on each system."""
    links = {errno.ELOOP, errno.EMLINK} if sys.platform != "linux" else {errno.ELOOP}
    if error.errno in links or (error.errno == errno.ENOTDIR and error.filename is not None):
        return ValueError("a link, or a file that is no folder, is on its way")
    return error
