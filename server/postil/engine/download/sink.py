"""The partial file of a fetch: it grows, its SHA-256 is kept up to date, and it gets its name when that is right."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from postil import private
from postil.engine.base import EngineUnavailable
from postil.engine.download.store import CACHE_VARIABLE

_HASH_BYTES = 1 << 22
# What a fetch leaves free: on a disk that is full to the last byte other programs fail.
_SPARE_BYTES = 64 << 20


class FetchFailed(EngineUnavailable):
    """No source could give the file. The message has the reason of each."""


class DiskFull(FetchFailed):
    """There is no room for the file."""


class SourceFailed(Exception):
    """One source can't be used; the message is the reason, for the user."""


class Sink:
    """`<file>.partial` with the SHA-256 of its content. `size` and `sha256` are those of the whole file, None until the
    source's server has said them. Not for two tasks at once."""

    def __init__(self, path: Path, size: int | None) -> None:
        self._path = path
        self.folder = path.parent
        # Unbuffered: a buffer would try to write again what the disk has refused.
        self._file = open(path, "ab", buffering=0, opener=private.opener)  # noqa: SIM115 - `close` closes it
        self._sum = hashlib.sha256()
        self.length = 0
        self.size = size
        self.sha256: str | None = None
        self.resumed = False

    async def load(self) -> AsyncGenerator[int]:
        """Hashes what is there already, and yields how many bytes are done."""
        with self._path.open("rb") as file:
            while block := await asyncio.to_thread(file.read, _HASH_BYTES):
                await asyncio.to_thread(self._sum.update, block)
                self.length += len(block)
                yield self.length
        self.resumed = self.length > 0

    async def write(self, block: bytes) -> None:
        """Appends. Raises DiskFull; what was written before stays for the next try."""
        if self.size is not None and self.length + len(block) > self.size:
            raise SourceFailed(f"it sends more than the {self.size} bytes that the file has")
        try:
            await asyncio.to_thread(self._append, block)
        except OSError as error:
            # Without the part of the block that was written: the hash doesn't cover it.
            self._file.truncate(self.length)
            raise disk_error(error, self._path, (self.size or 0) - self.length) from error

    def _append(self, block: bytes) -> None:
        left = memoryview(block)
        while left:
            left = left[self._file.write(left) :]
        self._sum.update(block)
        self.length += len(block)

    def restart(self) -> None:
        """Empties the file."""
        self._file.truncate(0)
        self._file.seek(0)
        self._sum = hashlib.sha256()
        self.length = 0
        self.resumed = False

    async def finish(self, target: Path) -> None:
        """Gives the file its name if its SHA-256 is right; else empties it and raises SourceFailed."""
        if self.sha256 is None:
            raise SourceFailed("its SHA-256 isn't known")
        if self._sum.hexdigest() != self.sha256:
            self.restart()
            raise SourceFailed("what it gave has the wrong SHA-256 and was removed")
        await asyncio.to_thread(os.fsync, self._file.fileno())
        self._file.close()
        self._path.replace(target)

    def close(self) -> None:
        self._file.close()


class Download(Protocol):
    """Fills a sink to its end, and yields its length after each piece. Raises SourceFailed, DiskFull."""

    def __call__(self, sink: Sink) -> AsyncGenerator[int]: ...


def disk_error(error: OSError, path: Path, wanted: int) -> DiskFull | OSError:
    """An OSError as DiskFull, if it means that."""
    # EFBIG: over the limit of a process or a file system (FAT32 ends at 4 GB).
    if error.errno not in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", None)):
        return error
    return _no_room(path.parent, wanted)


def _no_room(folder: Path, wanted: int) -> DiskFull:
    free = shutil.disk_usage(folder).free
    return DiskFull(
        f"no room for the model: {wanted:,} more bytes are wanted and {free:,} are free in {folder}. Free"
        f" some space there, or set {CACHE_VARIABLE} to a folder on another disk, and run the same command"
        " again"
    )


def check_room(folder: Path, wanted: int) -> None:
    """DiskFull unless `wanted` bytes fit."""
    if shutil.disk_usage(folder).free < wanted + _SPARE_BYTES:
        raise _no_room(folder, wanted)
