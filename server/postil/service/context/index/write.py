"""Puts a file into the index, and takes it out again: each in one transaction."""

from __future__ import annotations

import posixpath

from postil.core.context.chunks import chunk_words
from postil.core.context.resolve import module_key
from postil.core.text.positions import split_lines
from postil.service.context.index.read import FileRead
from postil.service.context.index.store import Store, outline_of, text_of

_ADD = "INSERT INTO words(rowid, word) VALUES(?,?)"
_TAKE = "INSERT INTO words(words, rowid, word) VALUES('delete',?,?)"


def put(store: Store, read: FileRead) -> None:
    """A new or changed file. Of a changed one, chunks whose text is the same keep their numbers and their words. What
    another process has read later stays. Raises IndexTrouble."""
    with store.writing():
        known = store.one(tuple[int, bytes, int], "SELECT id, digest, read FROM files WHERE path=?", (read.path,))
        if known is not None and known[2] > read.at:
            return
        if known is not None and known[1] == read.digest:
            store.run(
                "UPDATE files SET size=?, changed=?, read=? WHERE id=?",
                (read.stamp.size, read.stamp.changed, read.at, known[0]),
            )
            return
        if known is None:
            number = store.run(
                "INSERT INTO files(path, folder, key, language, digest, size, changed, read, symbols, outline)"
                " VALUES(?,?,?,?,?,?,?,?,?,?)",
                (read.path, posixpath.dirname(read.path), module_key(read.path), *_fields(read)),
            )
        else:
            number = known[0]
            _take_names(store, number)
            store.run(
                "UPDATE files SET language=?, digest=?, size=?, changed=?, read=?, symbols=?, outline=? WHERE id=?",
                (*_fields(read), number),
            )
        _put_chunks(store, number, read)
        store.run("INSERT OR REPLACE INTO texts VALUES(?,?)", (number, read.body))
        store.run_each("INSERT INTO names VALUES(?,?)", [(name, number) for name in read.names])


def _fields(read: FileRead) -> tuple[str, bytes, int, int, int, int, bytes]:
    return (
        read.language,
        read.digest,
        read.stamp.size,
        read.stamp.changed,
        read.at,
        read.symbols,
        read.outline,
    )


def _take_names(store: Store, number: int) -> None:
    names = {symbol.name for symbol in outline_of(store, number).symbols}
    store.run_each("DELETE FROM names WHERE name=? AND file=?", [(name, number) for name in names])


def remove(store: Store, path: str, *, at: int | None = None) -> bool:
    """Take a file out; whether it was there. `at`: when it was found to be gone, so that it stays if it has been read
    later. Raises IndexTrouble."""
    with store.writing():
        known = store.one(tuple[int, int], "SELECT id, read FROM files WHERE path=?", (path,))
        if known is None or (at is not None and known[1] > at):
            return False
        number = known[0]
        _take_chunks(store, number, {})
        _take_names(store, number)
        for statement in (
            "DELETE FROM texts WHERE file=?",
            "DELETE FROM files WHERE id=?",
        ):
            store.run(statement, (number,))
        return True


def below(store: Store, folder: str) -> list[str]:
    """The files that are in a folder, however deep; with "" all files."""
    if not folder:
        return [path for (path,) in store.rows(tuple[str], "SELECT path FROM files")]
    # "0" follows "/": everything between begins with the folder.
    query = "SELECT path FROM files WHERE path>=? AND path<?"
    return [path for (path,) in store.rows(tuple[str], query, (f"{folder}/", f"{folder}0"))]


def _put_chunks(store: Store, number: int, read: FileRead) -> None:
    """The chunks of a file instead of those that it had."""
    wanted: dict[int, int] = {}
    for chunk in read.chunks:
        wanted[chunk.digest] = wanted.get(chunk.digest, 0) + 1
    kept = _take_chunks(store, number, wanted)
    moved: list[tuple[int, int, int]] = []
    added: list[tuple[int, str]] = []
    for chunk in read.chunks:
        same = kept.get(chunk.digest)
        if same:
            moved.append((chunk.first, chunk.last, same.pop()))
        else:
            made = store.run("INSERT INTO chunks(file, first, last, digest) VALUES(?,?,?,?)",
                             (number, chunk.first, chunk.last, chunk.digest))  # fmt: skip
            added.append((made, chunk.words))
    store.run_each("UPDATE chunks SET first=?, last=? WHERE id=?", moved)
    store.run_each(_ADD, added)


def _take_chunks(store: Store, number: int, wanted: dict[int, int]) -> dict[int, list[int]]:
    """Takes out the chunks of a file but for so many of each digest. Returns the numbers of the others."""
    kept: dict[int, list[int]] = {}
    gone: list[tuple[int, int, int]] = []
    query = "SELECT id, first, last, digest FROM chunks WHERE file=? ORDER BY first"
    for chunk, first, last, digest in store.rows(tuple[int, int, int, int], query, (number,)):
        same = kept.setdefault(digest, [])
        if len(same) < wanted.get(digest, 0):
            same.append(chunk)
        else:
            gone.append((chunk, first, last))
    if gone:
        lines = split_lines(text_of(store, number))
        store.run_each(_TAKE, [(chunk, chunk_words("\n".join(lines[first:last]))) for chunk, first, last in gone])
        for table in ("chunks WHERE id", "vectors WHERE chunk", "sketches WHERE chunk"):
            store.run_each(f"DELETE FROM {table}=?", [(chunk,) for chunk, _, _ in gone])
    return kept
