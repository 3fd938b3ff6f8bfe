"""Compares the index with all files of the workspace, and reads what is new or has changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import filelock
import msgspec

from postil.service.context.index import common
from postil.service.context.index.facts import scanned
from postil.service.context.index.place import IndexPlace, forget_unused
from postil.service.context.index.read import FileRead, Stamp, stamp_of
from postil.service.context.index.store import IndexBroken, Store, new_store, open_store, process_lock
from postil.service.context.index.write import put, remove
from postil.service.context.scanning.reader import FileReader, Reader
from postil.service.workspace.files import Listing
from postil.settings import Settings

# Entries of folders that are looked at for each file that may be indexed: a workspace of a million ignored files ends.
_ENTRIES_A_FILE = 25
# A file that was written so shortly before it was read may have been written again within the same tick of its file
# system's clock: its time proves nothing. FAT's tick is two seconds.
_TICK = 2_000_000_000
# Seconds between two looks whether another process has ended its scan.
_POLL = 0.2


class Limits(msgspec.Struct, frozen=True):
    """What is indexed at most. `exclude`: globs, as in .gitignore, of what is not."""

    files: int
    megabytes: int
    exclude: tuple[str, ...] = ()


def limits_of(settings: Settings) -> Limits:
    """What may not be reviewed isn't indexed either."""
    return Limits(settings.index.max_files, settings.index.max_megabytes, tuple(settings.review.exclude))


@dataclass(frozen=True, slots=True)
class Scanned:
    """How far a scan is. `found`: files that belong into the index, so far; `read`: of them read anew; `left_out`: more
    than the limits allow; `refused`: can't be read as text. `ended`: this is the last one."""

    found: int = 0
    read: int = 0
    removed: int = 0
    left_out: int = 0
    refused: int = 0
    waiting: bool = False
    ended: bool = False


class _Known(msgspec.Struct, frozen=True, array_like=True):
    path: str
    changed: int
    size: int
    read: int


def scan(
    place: IndexPlace, limits: Limits, *, anew: bool = False, reader: Callable[[Path], FileReader] = Reader
) -> Generator[Scanned]:
    """Yields after each file. Closing the iterator ends it: what was read stays. `anew`: begin with an empty index.
    Raises IndexTrouble.

    One process at a time scans a workspace, another one waits until it has ended."""
    lock = process_lock(place.lock)
    try:
        while True:
            try:
                lock.acquire(timeout=_POLL)
                break
            except filelock.Timeout:
                yield Scanned(waiting=True)
        forget_unused()
        with closing(_whole(place, limits, reader, anew=anew)) as steps:
            yield from steps
    finally:
        lock.release()


def _whole(
    place: IndexPlace, limits: Limits, reader: Callable[[Path], FileReader], *, anew: bool
) -> Generator[Scanned]:
    store = None if anew else _sound(place)
    try:
        with store or new_store(place) as opened:
            yield from _Scan(place.root, opened, limits, reader).steps()
    except IndexBroken:
        if anew:
            raise
        # It is found out while it is written, where the damage is in a page that the check can't judge.
        with new_store(place) as opened:
            yield from _Scan(place.root, opened, limits, reader).steps()


def _sound(place: IndexPlace) -> Store | None:
    """The index that is there, if it isn't damaged."""
    try:
        store = open_store(place)
    except IndexBroken:
        return None
    try:
        if store is not None:
            store.check()
        return store
    except IndexBroken:
        if store is not None:
            store.close()
        return None


class _Scan:
    def __init__(self, root: Path, store: Store, limits: Limits, reader: Callable[[Path], FileReader]) -> None:
        self._root = root
        self._store = store
        self._limits = limits
        self._reader = reader
        rows = store.rows(_Known, "SELECT path, changed, size, read FROM files")
        self._known = {row.path: row for row in rows}
        self._found = self._read = self._left_out = self._refused = self._removed = self._bytes = 0
        self._gone = set(self._known)
        self._began = time.time_ns()

    def steps(self) -> Iterator[Scanned]:
        with closing(self._reader(self._root)) as reader:
            for path in self._wanted():
                if path is not None:
                    while reader.full:
                        self._take(reader)
                        yield self._now()
                    reader.send(path)
                yield self._now()
            while reader.waiting:
                self._take(reader)
                yield self._now()
        for path in self._gone:
            self._removed += remove(self._store, path, at=self._began)
            yield self._now()
        common.refresh(self._store)
        scanned(self._store)
        self._store.checkpoint()
        yield self._now(ended=True)

    def _now(self, *, ended: bool = False) -> Scanned:
        return Scanned(self._found, self._read, self._removed, self._left_out, self._refused, ended=ended)

    def _wanted(self) -> Iterator[str | None]:
        """The files to read; None for each other one that was looked at."""
        seen = 0
        for file, refused in Listing(self._root, self._limits.exclude).below(self._root):
            seen += 1
            if seen > _ENTRIES_A_FILE * self._limits.files:
                return
            path = None if refused is not None else relative(file, self._root)
            if path is None:
                continue
            try:
                found = stamp_of(file)
            except OSError:
                continue
            if self._found >= self._limits.files or self._bytes + found.size > self._limits.megabytes * 1_000_000:
                self._left_out += 1
                yield None
                continue
            self._found += 1
            self._bytes += found.size
            known = self._known.get(path)
            if known is not None and is_same(found, Stamp(known.changed, known.size), known.read):
                self._gone.discard(path)
                yield None
            else:
                yield path

    def _take(self, reader: FileReader) -> None:
        path, answer = reader.receive()
        if isinstance(answer, FileRead):
            put(self._store, answer)
            self._read += 1
            self._gone.discard(path)
        else:
            self._refused += 1
            self._found -= 1


def is_same(found: Stamp, known: Stamp, read: int) -> bool:
    """Whether a file's time and size prove that it is as it was when it was read."""
    return found == known and known.changed + _TICK < read


def relative(file: Path, root: Path) -> str | None:
    """A file's path in the index; None for one that has no name there: outside, or of bytes that are no text."""
    try:
        path = file.relative_to(root).as_posix()
        path.encode("utf-8")
    except ValueError:
        return None
    return path
