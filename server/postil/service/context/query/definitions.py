"""What a unit of a file uses of the project's definitions: its own file's, and what its imports lead to."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence

from postil.core.actions.test_places import is_test
from postil.core.context.analysis import used_in
from postil.core.context.definitions import (
    Reachable,
    bound_as,
    definitions,
    members_of,
    needed,
    own,
)
from postil.core.context.resolve import Candidate
from postil.core.context.values import Definition, DefinitionKind, Import
from postil.service.context.query.imported import Project, brought


def definitions_of(
    project: Project | None,
    path: str,
    text: str,
    language: str,
    rows: range,
    order: Sequence[DefinitionKind],
    near: Collection[int] = (),
) -> tuple[Definition, ...]:
    """What the `rows` of the file at `path` use and don't define, in the order of `core/context/definitions`. Without a
    project: of the file's own only. Raises IndexTrouble."""
    symbols, imports, uses = used_in(text, language, rows)
    reachable = own(symbols, language)
    if project is not None:
        known = {one.bound for one in reachable}
        for one in needed(uses, imports, known, language):
            reachable += _brought(project, one, path, language)
        if language == "go":
            reachable += _package(project, path)
    return definitions(uses, reachable, rows, order, near)


def _brought(project: Project, imported: Import, path: str, language: str) -> Iterator[Reachable]:
    for one in brought(project, imported, path, language):
        found = one.found
        members = members_of(found.symbol, [other.symbol for other in project.symbols(found.path)])
        bound = bound_as(imported, found.symbol, whole=one.whole)
        yield Reachable(bound, found.path, found.language, found.symbol, members)


def _package(project: Project, path: str) -> Iterator[Reachable]:
    """What the other files of a Go package define: no import names them."""
    folder = Candidate(posixpath.dirname(path), folder=True)
    found = [one for file in project.matching(folder, path) if not is_test(file) for one in project.symbols(file)]
    symbols = [one.symbol for one in found]
    for one in found:
        if not one.symbol.owner:
            yield Reachable(one.symbol.name, one.path, one.language, one.symbol, members_of(one.symbol, symbols))
