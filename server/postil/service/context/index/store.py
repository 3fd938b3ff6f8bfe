"""The database of an index: opened, made anew when it is broken, and changed in transactions."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import filelock
import msgspec

from postil import private
from postil.service.context.index.place import IndexPlace
from postil.service.context.index.read import Outline

Value = str | bytes | int | float | None
Values = Sequence[Value]
T = TypeVar("T")

# "Postl" as a number: a file of something else isn't ours.
APPLICATION = 0x506F7374
# Seconds to wait for another process that writes. It writes one file at a time, which takes milliseconds.
BUSY_SECONDS = 10.0
# KiB of pages in memory. More didn't make a build faster (10,000 files: 4 MiB or 32, the same).
_CACHE_KIB = 4096
# Bytes that the log keeps on the disk after its pages were moved into the file.
_LOG_BYTES = 4_000_000

# The words of a chunk aren't kept beside its text, of which they can be made again: that is what `content=''` means.
# The tokenizer has nothing to decide, since `core/context/words` has done it; so all versions of SQLite agree.
# A sketch is in a table beside its vector, because a search by meaning reads all of them: a tenth of the pages.
_SCHEMA = """
CREATE TABLE facts(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE files(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, folder TEXT NOT NULL, key TEXT NOT NULL,
    language TEXT NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL, changed INTEGER NOT NULL,
    read INTEGER NOT NULL, symbols INTEGER NOT NULL, outline BLOB NOT NULL
);
CREATE INDEX files_by_key ON files(key);
CREATE INDEX files_by_folder ON files(folder);
CREATE TABLE texts(file INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE names(name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY(name, file)) WITHOUT ROWID;
CREATE TABLE chunks(
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    digest INTEGER NOT NULL
);
CREATE INDEX chunks_by_file ON chunks(file);
CREATE TABLE embedder(
    id INTEGER PRIMARY KEY CHECK(id=1), model TEXT NOT NULL, digest TEXT NOT NULL, dimension INTEGER NOT NULL
);
CREATE TABLE vectors(chunk INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE sketches(chunk INTEGER PRIMARY KEY, bits BLOB NOT NULL);
CREATE TABLE common(word TEXT PRIMARY KEY, chunks INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(word, content='', tokenize='ascii');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
"""
_TABLES = frozenset(re.findall(r"TABLE (\w+)", _SCHEMA))


class IndexTrouble(Exception):
    """The index can't be read or written now; the message tells the user why."""


class IndexBroken(IndexTrouble):
    """What is in the file is no index, or a damaged one: it must be made anew."""


class Store:
    """An open database. May be used by any thread, by one at a time."""

    def __init__(self, path: Path) -> None:
        """Raises IndexTrouble."""
        self.path = path
        self._lock = threading.RLock()
        with _told():
            if not path.is_file():
                # SQLite would make it, readable by everybody.
                raise IndexBroken(f"{path} is gone")
            self._database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            self._database.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            # With a write-ahead log that loses nothing when the process dies, and the latest writes when power fails.
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute("PRAGMA temp_store=MEMORY")
            self._database.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._database.close()

    def rows(self, kind: type[T], query: str, values: Values = ()) -> list[T]:
        """The rows as values of `kind`, such as `tuple[int, str]`. Raises IndexTrouble."""
        with self._lock, _told():
            found = self._database.execute(query, values).fetchall()
        try:
            return msgspec.convert(found, list[kind])
        except msgspec.ValidationError as error:
            raise IndexBroken(f"the index is damaged ({error})") from error

    def one(self, kind: type[T], query: str, values: Values = ()) -> T | None:
        """The first row."""
        found = self.rows(kind, query, values)
        return found[0] if found else None

    def each(self, query: str) -> Iterator[tuple[int, bytes]]:
        """The rows of a query for a number and bytes, one after the other and unchecked: for so many that a list of
        them would take memory. Within `reading`. Raises IndexTrouble."""
        with self._lock, _told():
            yield from self._database.execute(query)

    def number(self, query: str, values: Values = ()) -> int:
        """The one number that a query gives; 0 without a row."""
        found = self.one(tuple[int | None], query, values)
        return found[0] or 0 if found is not None else 0

    def run(self, statement: str, values: Values = ()) -> int:
        """The number of the row that a statement has inserted last. Raises IndexTrouble."""
        with self._lock, _told():
            return self._database.execute(statement, values).lastrowid or 0

    def run_each(self, statement: str, values: Iterable[Values]) -> None:
        with self._lock, _told():
            self._database.executemany(statement, values)

    @contextlib.contextmanager
    def reading(self) -> Generator[None]:
        """Several questions to one state of the index, whatever another process writes meanwhile. May be nested. Raises
        IndexTrouble."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self.run("BEGIN")
            try:
                yield
            finally:
                with contextlib.suppress(IndexTrouble):
                    self.run("ROLLBACK")

    @contextlib.contextmanager
    def writing(self) -> Generator[None]:
        """A transaction: all of it, or nothing. Raises IndexTrouble."""
        with self._lock:
            self.run("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with contextlib.suppress(IndexTrouble):
                    self.run("ROLLBACK")
                raise
            self.run("COMMIT")

    def check(self) -> None:
        """Reads the whole file. Raises IndexBroken if it is damaged."""
        if self.number("PRAGMA application_id") != APPLICATION:
            raise IndexBroken(f"{self.path} is no index of ours")
        tables = {name for (name,) in self.rows(tuple[str], "SELECT name FROM sqlite_master WHERE type='table'")}
        if not tables >= _TABLES:
            raise IndexBroken(f"{self.path} is no whole index")
        if self.one(tuple[str], "PRAGMA quick_check(1)") != ("ok",):
            raise IndexBroken(f"{self.path} is damaged")

    def checkpoint(self) -> None:
        """Moves the log into the file and empties it, as far as no other process reads it. Raises IndexTrouble."""
        self.rows(tuple[int, int, int], "PRAGMA wal_checkpoint(TRUNCATE)")

    def fact(self, name: str) -> int:
        """A number that is kept beside the files; 0 if it isn't there."""
        return self.number("SELECT value FROM facts WHERE name=?", (name,))

    def set_fact(self, name: str, value: int) -> None:
        self.run("INSERT OR REPLACE INTO facts VALUES(?,?)", (name, value))


def text_of(store: Store, number: int) -> str:
    """The text of the file of this number. Raises IndexTrouble."""
    return _unpacked(store, "SELECT body FROM texts WHERE file=?", number).decode("utf-8", "replace")


def outline_of(store: Store, number: int) -> Outline:
    """The symbols and imports of the file of this number. Raises IndexTrouble."""
    packed = _unpacked(store, "SELECT outline FROM files WHERE id=?", number)
    try:
        return msgspec.msgpack.decode(packed, type=Outline)
    except msgspec.DecodeError as error:
        raise IndexBroken(f"the index is damaged ({error})") from error


def _unpacked(store: Store, query: str, number: int) -> bytes:
    found = store.one(tuple[bytes], query, (number,))
    if found is None:
        raise IndexBroken("the index is damaged (something of a file is missing)")
    try:
        return zlib.decompress(found[0])
    except zlib.error as error:
        raise IndexBroken(f"the index is damaged ({error})") from error


def open_store(place: IndexPlace) -> Store | None:
    """The index that is there; None if there is none. Raises IndexTrouble, IndexBroken."""
    path = place.current()
    if path is None or not path.is_file():
        return None
    place.touch()
    return Store(path)


def process_lock(path: Path) -> filelock.FileLock:
    """What one process at a time holds, in a private file that is made where it is missing. Raises IndexTrouble."""
    try:
        private.folder(path.parent)
        private.made(path)
    except OSError as error:
        raise IndexTrouble(f"can't write the index: {error.filename}: {error.strerror or error}") from error
    return filelock.FileLock(path, mode=private.FILE)


def new_store(place: IndexPlace) -> Store:
    """An empty index instead of the one that is there. Raises IndexTrouble."""
    try:
        path = place.new()
        with Store(path) as store, _told():
            store.run("PRAGMA journal_mode=WAL")
            with store.writing():
                for statement in _SCHEMA.split(";"):
                    if statement.strip():
                        store.run(statement)
                store.run(f"PRAGMA application_id={APPLICATION}")
        place.use(path)
    except IndexBroken as error:
        raise IndexTrouble(f"the SQLite of this Python can't hold an index: {error.__cause__}") from error
    except OSError as error:
        raise IndexTrouble(f"can't write the index: {error.filename}: {error.strerror or error}") from error
    return Store(path)


# SQLite's number of an error without its details: SQLITE_ERROR (a table isn't there), SQLITE_CORRUPT, SQLITE_NOTADB.
_BROKEN = frozenset({1, 11, 26})


@contextlib.contextmanager
def _told() -> Generator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except UnicodeDecodeError as error:
        # The words of an error name a table whose name is damaged.
        raise IndexBroken(f"the index is damaged ({error.reason})") from error
    except sqlite3.Error as error:
        # One without a code is Python's own: a text that is no UTF-8.
        code: object = getattr(error, "sqlite_errorcode", None)
        known = code & 0xFF in _BROKEN if isinstance(code, int) else isinstance(error, sqlite3.OperationalError)
        if known:
            raise IndexBroken(f"the index is damaged ({error})") from error
        raise IndexTrouble(f"the index can't be used now: {error}") from error
