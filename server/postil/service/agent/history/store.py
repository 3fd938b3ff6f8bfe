"""The database of a workspace's conversations: opened, set aside where it is damaged, changed in transactions."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TypeVar

import filelock
import msgspec

from postil import private

Values = Sequence[str | bytes | int | float | None]
T = TypeVar("T")

# Changes with the tables. Another version of Postil uses a file of its own.
FORMAT = 1
# "PosC" as a number: a file of something else isn't ours.
_APPLICATION = 0x506F7343
# Seconds to wait for another process that writes, which takes milliseconds.
_BUSY_SECONDS = 3.0
_LOCK_SECONDS = 5.0

# The words are stems with spaces between (core/agent/past/stems), so that the tokenizer has nothing to decide.
_SCHEMA = """
CREATE TABLE conversations(
    id TEXT PRIMARY KEY, title TEXT NOT NULL, began REAL NOT NULL, changed REAL NOT NULL, state BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE exchanges(
    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, key BLOB NOT NULL, at REAL NOT NULL, asked TEXT NOT NULL,
    answered TEXT NOT NULL, UNIQUE(conversation, key)
);
CREATE VIRTUAL TABLE words USING fts5(word, tokenize='ascii');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
"""


class HistoryTrouble(OSError):
    """What is kept can't be read or written now; the message tells the user why."""


class _Damaged(Exception):
    """The file is no database of ours, or a damaged one."""


class HistoryStore:
    """Opened at the first use; a damaged file is set aside then, and `told` gets a sentence. May be used by any thread,
    by one at a time."""

    def __init__(self, folder: Path, told: list[str]) -> None:
        self.folder = folder
        self.path = folder / f"history-{FORMAT}.db"
        self._told = told
        self._lock = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._inode = 0

    @property
    def there(self) -> bool:
        return self.path.is_file()

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._database.close()
                self._database = None

    @contextlib.contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A transaction: all of it, or nothing. Raises HistoryTrouble."""
        with self._lock, self._said(), self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def rows(self, kind: type[T], query: str, values: Values = ()) -> list[T]:
        """As values of `kind`; none where nothing is kept yet. Raises HistoryTrouble."""
        with self._lock, self._said():
            if not self.there:
                self.close()
                return []
            with self._open() as database:
                found = database.execute(query, values).fetchall()
                try:
                    return msgspec.convert(found, list[kind])
                except msgspec.ValidationError as error:
                    raise _Damaged(str(error)) from error

    def emptied(self) -> None:
        """Nothing that was deleted stays in the file. Raises HistoryTrouble."""
        with self._lock, self._said(), self._open() as database:
            database.execute("INSERT INTO words(words) VALUES('optimize')")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        if self._database is not None and self._inode != _inode(self.path):
            # Another process has set it aside, or forgotten all.
            self.close()
        if self._database is None:
            with self._process_lock():
                try:
                    self._database = self._opened()
                except (_Damaged, sqlite3.DatabaseError) as error:
                    if not _is_damage(error):
                        raise
                    self._set_aside(error)
                    self._database = self._opened()
            self._inode = _inode(self.path)
        yield self._database

    def _opened(self) -> sqlite3.Connection:
        private.folder(self.folder)
        # SQLite would make it readable by everybody; its log gets the mode of the file.
        private.made(self.path)
        database = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")}
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute("PRAGMA secure_delete=ON")
            if not application and not tables:
                database.execute("PRAGMA journal_mode=WAL").fetchall()
                database.execute("BEGIN IMMEDIATE")
                for statement in _SCHEMA.split(";"):
                    if statement.strip():
                        database.execute(statement)
                database.execute(f"PRAGMA application_id={_APPLICATION}")
                database.execute("COMMIT")
            elif application != _APPLICATION or not tables >= {"conversations", "exchanges", "words"}:
                raise _Damaged("it is no history of ours")
            elif database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise _Damaged("it is no whole database")
        except BaseException:
            database.close()
            raise
        return database

    def _set_aside(self, error: Exception) -> None:
        aside = self.folder / "damaged.db"
        self.path.replace(aside)
        for log in ("-wal", "-shm"):
            self.path.with_name(self.path.name + log).unlink(missing_ok=True)
        self._told.append(
            f"what was kept of conversations here is damaged ({error}): it is set aside as {aside}, and kept anew"
        )

    @contextlib.contextmanager
    def _process_lock(self) -> Generator[None]:
        private.folder(self.folder)
        lock = self.folder / "open.lock"
        private.made(lock)
        with filelock.FileLock(lock, timeout=_LOCK_SECONDS, mode=private.FILE):
            yield

    @contextlib.contextmanager
    def _said(self) -> Generator[None]:
        """Errors as ours. After damage the next use sets the file aside."""
        try:
            yield
        except HistoryTrouble:
            raise
        except (_Damaged, sqlite3.Error) as error:
            if _is_damage(error):
                self._damaged(error)
            raise HistoryTrouble(f"what is kept of conversations can't be used now: {error}") from error
        except filelock.Timeout as error:
            raise HistoryTrouble("another process holds what is kept of conversations") from error
        except OSError as error:
            raise HistoryTrouble(f"conversations can't be kept: {error.filename}: {error.strerror or error}") from error

    def _damaged(self, error: Exception) -> None:
        with contextlib.suppress(OSError, filelock.Timeout):
            same = self._inode == _inode(self.path)
            self.close()
            with self._process_lock():
                # Not the new one, where another process was quicker.
                if same and self._inode == _inode(self.path):
                    self._set_aside(error)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0


# SQLite's number of an error without its details: SQLITE_ERROR (a table isn't there), SQLITE_CORRUPT, SQLITE_NOTADB.
_DAMAGE = frozenset({1, 11, 26})
# SQLITE_IOERR_SHORT_READ, with its details: the file ends too early.
_TORN = 522


def _is_damage(error: Exception) -> bool:
    code: object = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _Damaged) or (isinstance(code, int) and (code & 0xFF in _DAMAGE or code == _TORN))
