"""What the imports of a file bring into it: the files of the project that they lead to, and the definitions there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from postil.core.context.resolve import Candidate, candidates, fitting, module_key
from postil.core.context.values import Import
from postil.service.context.index.store import Store, outline_of
from postil.service.context.query.symbols import FoundSymbol, symbols_in

# A package's file that only passes on what others define is followed so far.
_DEEPEST = 4
# Of a module that is imported as a whole.
_MOST_SYMBOLS = 50
# Candidates of one key that are looked at: a thousand files may be called `index.ts`.
_MOST_FILES = 200


class Project(Protocol):
    """The files that imports may lead to. Each method may raise IndexTrouble."""

    def matching(self, candidate: Candidate, path: str) -> list[str]:
        """The files that a candidate means, looked for by the file at `path`."""
        ...

    def symbols(self, path: str) -> list[FoundSymbol]:
        """The definitions of a file, in its order."""
        ...

    def imports(self, path: str) -> tuple[str, Sequence[Import]]:
        """The language of a file, and what it imports."""
        ...


@dataclass(frozen=True, slots=True)
class Indexed:
    """The files of an index."""

    store: Store

    def matching(self, candidate: Candidate, path: str) -> list[str]:
        if candidate.folder:
            tail = candidate.path.rpartition("/")[2]
            where = "files.folder=? OR files.folder LIKE ?"
            values: Sequence[str | int] = (candidate.path, f"%/{_like(tail)}", _MOST_FILES)
        elif candidate.anywhere:
            where, values = "files.key=?", (module_key(candidate.path), _MOST_FILES)
        else:
            where, values = "files.path=?", (candidate.path, 1)
        query = f"SELECT path FROM files WHERE ({where}) ORDER BY path LIMIT ?"
        return fitting(candidate, (file for (file,) in self.store.rows(tuple[str], query, values)), path)

    def symbols(self, path: str) -> list[FoundSymbol]:
        return symbols_in(self.store, path)

    def imports(self, path: str) -> tuple[str, Sequence[Import]]:
        row = self.store.one(tuple[int, str], "SELECT id, language FROM files WHERE path=?", (path,))
        return ("", ()) if row is None else (row[1], outline_of(self.store, row[0]).imports)


@dataclass(frozen=True, slots=True)
class Brought:
    """A definition that an import brings. `whole`: it stands at the top of a module that is imported itself."""

    found: FoundSymbol
    whole: bool


def _like(text: str) -> str:
    # Without ESCAPE, `_` means any character: what is found too much is sorted out behind it.
    return text.replace("%", "_")


def files_of(project: Project, imported: Import, path: str, language: str) -> list[tuple[Candidate, str]]:
    """The files that an import in the file at `path` leads to, each with the candidate that it is. All files of a
    folder count as one (a package of Go). Raises IndexTrouble."""
    found: list[tuple[Candidate, str]] = []
    for candidate in candidates(imported, path, language):
        # A name that is a module itself, and the file that defines the others: one of each is enough.
        if any(one.item == candidate.item for one, _ in found):
            continue
        found += [(candidate, file) for file in project.matching(candidate, path)]
    return found


def imported(store: Store, imports: Iterable[Import], path: str, language: str) -> list[FoundSymbol]:
    """What the imports of the file at `path` bring into it, as definitions in other files of the project: of `import x`
    the top of that file, of `from x import y` the definition of `y`, wherever it is passed on from. In the imports'
    order, each once. Raises IndexTrouble."""
    all_found: dict[tuple[str, str, int], FoundSymbol] = {}
    with store.reading():
        for one in imports:
            for brought_one in brought(Indexed(store), one, path, language):
                found = brought_one.found
                all_found.setdefault((found.path, found.symbol.qualified, found.symbol.first), found)
    return list(all_found.values())


def brought(project: Project, one: Import, path: str, language: str) -> Iterator[Brought]:
    """What an import of the file at `path` brings into it. Raises IndexTrouble."""
    return _brought(project, one, path, language, _DEEPEST, set())


def _brought(
    project: Project, one: Import, path: str, language: str, depth: int, followed: set[tuple[str, str]]
) -> Iterator[Brought]:
    files = files_of(project, one, path, language)
    modules = {candidate.item for candidate, _ in files if candidate.item}
    for candidate, file in files:
        at_top = [symbol for symbol in project.symbols(file) if not symbol.symbol.owner]
        if candidate.item or not one.names or any(name.name == "*" for name in one.names):
            yield from (Brought(symbol, whole=True) for symbol in at_top[:_MOST_SYMBOLS])
            continue
        for name in one.names:
            # JavaScript's default export is called as each one likes.
            wanted = {name.name, name.bound} if name.name == "default" else {name.name}
            defined = [symbol for symbol in at_top if symbol.symbol.name in wanted]
            yield from (Brought(symbol, whole=False) for symbol in defined)
            if not defined and name.name not in modules and depth > 1:
                yield from _passed_on(project, file, name.name, depth, followed)


def _passed_on(project: Project, file: str, name: str, depth: int, followed: set[tuple[str, str]]) -> Iterator[Brought]:
    """The definition of a name that a file offers and doesn't define: `from .inner import name` in an `__init__`.
    `followed`: files and names that are looked into already; modules may star-import each other."""
    if (file, name) in followed:
        return
    followed.add((file, name))
    language, imports = project.imports(file)
    for one in imports:
        for name_here in one.names:
            if one.passed_on and name_here.bound in (name, "*"):
                wanted = name if name_here.bound == "*" else name_here.name
                only = msgspec.structs.replace(one, names=(msgspec.structs.replace(name_here, name=wanted),))
                yield from _brought(project, only, file, language, depth - 1, followed)
