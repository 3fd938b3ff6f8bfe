"""Reads one file of a workspace for the index: what it is, what it holds, and that it is one that may be read."""

from __future__ import annotations

import time
import zlib
from hashlib import blake2b
from pathlib import Path

import msgspec

from postil.core.context.analysis import analyse
from postil.core.context.values import Chunk, Import, Symbol
from postil.service.workspace.languages import language_of
from postil.service.workspace.source import Unreadable, read_source

# A copy of the text is kept, so that a search shows what it has found, whatever became of the file since.
_COMPRESSION = 6


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """By which a file that hasn't changed is recognised without reading it: nanoseconds, bytes."""

    changed: int
    size: int


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """What is asked of a file as a whole, and kept packed: beside its text it would take more space than that."""

    symbols: tuple[Symbol, ...]
    imports: tuple[Import, ...]


class FileRead(msgspec.Struct, frozen=True, array_like=True):
    """A file as the index keeps it. `at`: when its reading began, in nanoseconds; `body`: its text, packed; `outline`:
    an Outline, packed, with so many `symbols` of these `names`."""

    path: str
    at: int
    language: str
    digest: bytes
    stamp: Stamp
    body: bytes
    outline: bytes
    symbols: int
    names: tuple[str, ...]
    chunks: tuple[Chunk, ...]


_MOST_NS = 2**63 - 1


def stamp_of(path: Path) -> Stamp:
    """Raises OSError."""
    found = path.stat()
    # A file system may have times that no database holds.
    return Stamp(max(-_MOST_NS, min(_MOST_NS, found.st_mtime_ns)), found.st_size)


def read_file(root: Path, path: str) -> FileRead | str:
    """The file at a path below `root`; why it can't be read."""
    file = root / path
    at = time.time_ns()
    try:
        # Before it is read: what is written after that has another time.
        stamp = stamp_of(file)
    except OSError as error:
        return f"can't read it: {error.strerror or error}"
    source = read_source(file)
    if isinstance(source, Unreadable):
        return source.reason
    return packed(path, at, source.text, stamp)


def packed(path: str, at: int, text: str, stamp: Stamp) -> FileRead:
    """A text as the index keeps it."""
    name = path.rpartition("/")[2]
    language = language_of(name, text.partition("\n")[0])
    data = text.encode("utf-8", "replace")
    # What is analysed is what is kept: the words of a chunk are made again of it.
    text = data.decode("utf-8")
    found = analyse(text, language)
    outline = msgspec.msgpack.encode(Outline(found.symbols, found.imports))
    return FileRead(
        path,
        at,
        language,
        blake2b(data, digest_size=16).digest(),
        stamp,
        zlib.compress(data, _COMPRESSION),
        zlib.compress(outline, _COMPRESSION),
        len(found.symbols),
        tuple(dict.fromkeys(symbol.name for symbol in found.symbols)),
        found.chunks,
    )
