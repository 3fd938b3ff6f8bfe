"""What the imports of a file bring into it: the files of the project that they lead to, and the definitions there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from postil.core.context.resolve import Candidate, candidates, module_key
from postil.core.context.values import Import
from postil.core.text.changed import differing
from postil.service.context.index.store import Store, outline_of
from postil.service.context.query.symbols import FoundSymbol, symbols_in

# A package's file that only passes on what others define is followed so far.
_DEEPEST = 4
# Of a module that is imported as a whole.
_MOST_SYMBOLS = 50
# Candidates of one key that are looked at: a thousand files may be called `index.ts`.
_MOST_FILES = 200


def files_of(store: Store, imported: Import, path: str, language: str) -> list[tuple[Candidate, str]]:
    """The files that an import in the file at `path` leads to, each with the candidate that it is. All files of a
    folder count as one (a package of Go). Raises IndexTrouble."""
    found: list[tuple[Candidate, str]] = []
    for candidate in candidates(imported, path, language):
        # A name that is a module itself, and the file that defines the others: one of each is enough.
        if any(one.item == candidate.item for one, _ in found):
            continue
        found += [(candidate, file) for file in _matching(store, candidate, path, language)]
    return found


def _matching(store: Store, candidate: Candidate, path: str, language: str) -> list[str]:
    """The files that a candidate means; of several in different places, those nearest to the file that imports them."""
    if candidate.folder:
        column, key = "folder", candidate.path
        tail = key.rpartition("/")[2]
        where = "files.folder=? OR files.folder LIKE ?"
        values: Sequence[str | int] = (key, f"%/{_like(tail)}", _MOST_FILES)
    elif candidate.anywhere:
        column, key = "path", candidate.path
        where, values = "files.key=?", (module_key(key), _MOST_FILES)
    else:
        column, key = "path", candidate.path
        where, values = "files.path=?", (key, 1)
    rows = store.rows(
        tuple[str, str], f"SELECT path, {column} FROM files WHERE ({where}) ORDER BY path LIMIT ?", values
    )
    ends = f"/{key}"
    fitting = [
        (file, at) for file, at in rows if file != path and (at == key or (candidate.anywhere and at.endswith(ends)))
    ]
    if not fitting:
        return []
    nearest = min((at for _, at in fitting), key=lambda at: (-_shared(at, path), len(at), at))
    return [file for file, at in fitting if at == nearest]


def _shared(one: str, other: str) -> int:
    """How many folders two paths have in common."""
    return differing(one.split("/"), other.split("/"))[0]


def _like(text: str) -> str:
    # Without ESCAPE, `_` means any character: what is found too much is sorted out behind it.
    return text.replace("%", "_")


def imported(store: Store, imports: Iterable[Import], path: str, language: str) -> list[FoundSymbol]:
    """What the imports of the file at `path` bring into it, as definitions in other files of the project: of `import x`
    the top of that file, of `from x import y` the definition of `y`, wherever it is passed on from. In the imports'
    order, each once. Raises IndexTrouble."""
    all_found: dict[tuple[str, str, int], FoundSymbol] = {}
    with store.reading():
        for one in imports:
            for found in _definitions(store, one, path, language, _DEEPEST):
                all_found.setdefault((found.path, found.symbol.qualified, found.symbol.first), found)
    return list(all_found.values())


def _definitions(store: Store, one: Import, path: str, language: str, depth: int) -> Iterator[FoundSymbol]:
    files = files_of(store, one, path, language)
    modules = {candidate.item for candidate, _ in files if candidate.item}
    for candidate, file in files:
        at_top = [symbol for symbol in symbols_in(store, file) if not symbol.symbol.owner]
        if candidate.item or not one.names or any(name.name == "*" for name in one.names):
            yield from at_top[:_MOST_SYMBOLS]
            continue
        for name in one.names:
            # JavaScript's default export is called as each one likes.
            wanted = {name.name, name.bound} if name.name == "default" else {name.name}
            defined = [symbol for symbol in at_top if symbol.symbol.name in wanted]
            yield from defined
            if not defined and name.name not in modules and depth > 1:
                yield from _passed_on(store, file, name.name, depth)


def _passed_on(store: Store, file: str, name: str, depth: int) -> Iterator[FoundSymbol]:
    """The definition of a name that a file offers and doesn't define: `from .inner import name` in an `__init__`."""
    row = store.one(tuple[int, str], "SELECT id, language FROM files WHERE path=?", (file,))
    if row is None:
        return
    for one in outline_of(store, row[0]).imports:
        for name_here in one.names:
            if one.passed_on and name_here.bound in (name, "*"):
                wanted = name if name_here.bound == "*" else name_here.name
                only = msgspec.structs.replace(one, names=(msgspec.structs.replace(name_here, name=wanted),))
                yield from _definitions(store, only, file, row[1], depth - 1)
