"""Definitions in an index: those of a name, those of a file."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.context.values import Symbol
from postil.service.context.index.store import Store, outline_of

# `__init__` is defined in every second one.
_MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class FoundSymbol:
    """A definition, and the file that it is in."""

    path: str
    language: str
    symbol: Symbol


def symbols_named(store: Store, name: str, k: int = 20) -> list[FoundSymbol]:
    """The definitions of a name; with dots (`Session.open`) those of that owner. Raises IndexTrouble."""
    owner, _, last = name.rpartition(".")
    query = (
        "SELECT files.id, path, language FROM names JOIN files ON files.id=names.file"
        " WHERE name=? ORDER BY path LIMIT ?"
    )
    found: list[FoundSymbol] = []
    with store.reading():
        for number, path, language in store.rows(tuple[int, str, str], query, (last, _MOST_FILES)):
            for symbol in outline_of(store, number).symbols:
                if symbol.name == last and f".{symbol.owner}".endswith(f".{owner}" if owner else ""):
                    found.append(FoundSymbol(path, language, symbol))
            if len(found) >= k:
                break
    return found[:k]


def symbols_in(store: Store, path: str) -> list[FoundSymbol]:
    """The definitions of a file, in its order. Raises IndexTrouble."""
    with store.reading():
        file = store.one(tuple[int, str], "SELECT id, language FROM files WHERE path=?", (path,))
        if file is None:
            return []
        return [FoundSymbol(path, file[1], symbol) for symbol in outline_of(store, file[0]).symbols]
