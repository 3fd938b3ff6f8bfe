"""The files of a project without an index: each is read when an import leads to it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence

from postil.core.context.analysis import definitions_in
from postil.core.context.resolve import Candidate, fitting, module_key
from postil.core.context.values import Import, Symbol
from postil.service.context.query.symbols import FoundSymbol


class ProjectFiles:
    """A `Project` (`query/imported.py`) of these paths, relative to its top. `read`: the text and the language of one;
    None for one that can't be read. Reads each file once."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], tuple[str, str] | None]) -> None:
        self._read = read
        self._known: dict[str, tuple[str, list[Symbol], list[Import]]] = {}
        self._by_key: dict[str, list[str]] = {}
        self._by_folder: dict[str, list[str]] = {}
        for path in paths:
            folder = posixpath.dirname(path)
            self._by_key.setdefault(module_key(path), []).append(path)
            self._by_folder.setdefault(folder.rpartition("/")[2], []).append(path)

    def matching(self, candidate: Candidate, path: str) -> list[str]:
        if candidate.folder:
            files = self._by_folder.get(candidate.path.rpartition("/")[2], ())
        else:
            files = self._by_key.get(module_key(candidate.path), ())
        return fitting(candidate, files, path)

    def symbols(self, path: str) -> list[FoundSymbol]:
        language, symbols, _ = self._outline(path)
        return [FoundSymbol(path, language, one) for one in symbols]

    def imports(self, path: str) -> tuple[str, Sequence[Import]]:
        language, _, imports = self._outline(path)
        return language, imports

    def _outline(self, path: str) -> tuple[str, list[Symbol], list[Import]]:
        if path not in self._known:
            found = self._read(path)
            self._known[path] = (found[1], *definitions_in(*found)) if found is not None else ("", [], [])
        return self._known[path]
