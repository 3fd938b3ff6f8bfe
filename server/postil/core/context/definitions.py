"""Which definitions a unit uses, in the order in which they are told, as text of their signatures and first lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from postil.core.context.stubs import stub
from postil.core.context.values import Definition, DefinitionKind, Import, Imported, Symbol, Use
from postil.core.syntax.languages import comment_of

_TYPES = frozenset({"class", "struct", "interface", "trait", "enum", "type"})
# Words for the unit's own object and type. Go has a name of its own in each method.
_OWN = frozenset({"self", "this", "cls", "super", "Self"})
_RECEIVER = re.compile(r"func \((\w+) ")
_CONSTRUCTORS = frozenset({"__init__", "constructor", "new"})
# Where a path of Rust begins that leads to this project.
_PATHS = frozenset({"crate", "self", "super"})
# Imports that are followed for one unit, and of these types that it doesn't name: each is a file to read.
_MOST_IMPORTS, _MOST_TYPES = 40, 10
# Before what belongs to a type.
_MARGIN = "    "
# Fields of a type that is made without a constructor of its own.
_MOST_FIELDS = 8


@dataclass(frozen=True, slots=True)
class Reachable:
    """A definition that code of a file can name, as `bound` there: `Box`, `parse`, `module.parse`. `path`: of its file,
    "" for the file itself; `members`: of a type."""

    bound: str
    path: str
    language: str
    symbol: Symbol
    members: tuple[Symbol, ...] = ()


def own(symbols: Sequence[Symbol], language: str) -> list[Reachable]:
    """What the code of a file can name of that file."""
    return [
        Reachable(one.qualified, "", language, one, members_of(one, symbols))
        for one in symbols
        if one.kind in _TYPES or not one.owner
    ]


def members_of(symbol: Symbol, symbols: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """What the other definitions of its file have that belongs to a type."""
    return tuple(one for one in symbols if one.owner == symbol.qualified) if symbol.kind in _TYPES else ()


def needed(uses: Sequence[Use], imports: Iterable[Import], known: Collection[str], language: str) -> list[Import]:
    """The imports of a file that bring what these uses name, one for each name. `known`: names of the file's own. When
    something is called on an object whose type nobody knows, also the types that the file imports, last."""
    said = {one.name for one in uses if not one.on and one.name not in known}
    said |= {part for one in uses for part in (one.on, one.on.partition(".")[0]) if part}
    found: list[Import] = []
    types: list[Import] = []
    for one in imports:
        if one.bound and one.bound in said:
            found.append(one)
        for name in one.names:
            only = msgspec.structs.replace(one, names=(name,))
            if name.bound in said or name.name == "*":
                found.append(only)
            elif name.bound[:1].isupper():
                types.append(only)
    if language == "rust":
        # A path may be written where it is used.
        paths = {one.on for one in uses}
        found += [
            Import(one.on.replace(".", "::"), (Imported(one.name, f"{one.on}.{one.name}"),), "", one.row)
            for one in uses
            if one.on.partition(".")[0] in _PATHS and one.on != "self" and f"{one.on}.{one.name}" not in paths
        ]
    asked = any(one.kind == "calls" and one.on and one.on not in (*_OWN, *known) for one in uses)
    return [*found[:_MOST_IMPORTS], *(types[:_MOST_TYPES] if asked else ())]


def bound_as(imported: Import, symbol: Symbol, *, whole: bool) -> str:
    """As what the importing file names a definition that an import of one name brings. `whole`: it stands at the top of
    a module that is imported itself."""
    if not imported.names:
        return f"{imported.bound}.{symbol.name}"
    name = imported.names[0]
    if name.name == "*":
        return symbol.name
    return f"{name.bound}.{symbol.name}" if whole else name.bound


def definitions(
    uses: Sequence[Use],
    reachable: Iterable[Reachable],
    rows: range,
    order: Sequence[DefinitionKind],
    near: Collection[int] = (),
) -> tuple[Definition, ...]:
    """What the uses in the `rows` of a file mean, each once: those next to the rows `near` first, of equally near ones
    in `order`, and so as they stand in the code. Kinds that aren't in `order` aren't told."""
    table: dict[str, Reachable] = {}
    for one in reachable:
        table.setdefault(one.bound, one)
    finder = _Finder(uses, table, rows)
    found: list[tuple[int, int, Definition]] = []
    for use in uses:
        away = min((abs(use.row - row) for row in near), default=0)
        found += [(away, order.index(kind), definition) for kind, definition in finder.of(use) if kind in order]
    ranked = sorted(found, key=lambda one: one[:2])
    return tuple(dict.fromkeys(definition for _, _, definition in ranked))


class _Finder:
    """What a use means among the names in reach of a unit."""

    def __init__(self, uses: Iterable[Use], table: Mapping[str, Reachable], rows: range) -> None:
        self._table = table
        self._rows = rows
        self._attributes = {one.name for one in uses if one.on}
        self._types = [one for one in table.values() if one.members]
        self._own, self._receiver = self._around()

    def _around(self) -> tuple[Reachable | None, str]:
        """The type that the unit belongs to, and what Go calls its object."""
        for one in self._types:
            if one.path:
                continue
            inner = next((member for member in one.members if self._overlaps(member)), None)
            if inner is not None:
                receiver = _RECEIVER.match(inner.signature)
                return one, receiver[1] if receiver else ""
        return next((one for one in self._types if not one.path and self._overlaps(one.symbol)), None), ""

    def _overlaps(self, symbol: Symbol) -> bool:
        return symbol.first < self._rows.stop and self._rows.start < symbol.last

    def of(self, use: Use) -> Iterator[tuple[DefinitionKind, Definition]]:
        known = self._table.get(f"{use.on}.{use.name}" if use.on else use.name)
        if known is not None:
            yield from self._whole(known, use)
        elif not use.on:
            return
        elif self._own is not None and use.on in (*_OWN, self._receiver):
            yield from self._member(self._own, use.name, use.kind)
        elif (of := self._table.get(use.on)) is not None:
            yield from self._member(of, use.name, use.kind)
        elif use.kind == "calls":
            having = [one for one in self._types if any(member.name == use.name for member in one.members)]
            if len({(one.path, one.symbol.qualified) for one in having}) == 1:
                yield from self._member(having[0], use.name, "methods")

    def _whole(self, known: Reachable, use: Use) -> Iterator[tuple[DefinitionKind, Definition]]:
        """A definition, and of a type what the unit uses of it."""
        symbol = known.symbol
        # A type around the unit, and the unit itself, are there anyway.
        if known.path or not self._overlaps(symbol):
            head = stub(symbol, (), known.language)
            yield use.kind, Definition(known.path, head, "", symbol.first, symbol.last)
        wanted = {member.name for member in known.members} & self._attributes
        if use.kind == "calls":
            made = {member.name for member in known.members} & _CONSTRUCTORS
            fields = [member.name for member in known.members if member.kind == "variable"]
            wanted |= made or set(fields[:_MOST_FIELDS])
        for member in known.members:
            if member.name in wanted:
                yield from self._member(known, member.name, use.kind)

    def _member(self, known: Reachable, name: str, kind: DefinitionKind) -> Iterator[tuple[DefinitionKind, Definition]]:
        member = next((one for one in known.members if one.name == name), None)
        if member is None or (not known.path and self._overlaps(member)):
            return
        said = stub(member, (), known.language)
        # Go's methods stand by themselves, and say their type.
        inside = not _RECEIVER.match(member.signature)
        head, text = (stub(known.symbol, (), known.language), said) if inside else (said, "")
        yield kind, Definition(known.path, head, text, member.first, member.last)


def fitting(found: Iterable[Definition], chars: int) -> list[Definition]:
    """Those that fit into so many characters, in their order. One that is too long makes room for shorter ones."""
    kept: list[Definition] = []
    paths, heads = {""}, set[tuple[str, str]]()
    for one in found:
        inside = len(one.text) + (one.text.count("\n") + 1) * len(_MARGIN) + 1 if one.text else 0
        head = len(one.head) + 1 if (one.path, one.head) not in heads else 0
        # With the mark of a comment before it.
        path = len(one.path) + 4 if one.path not in paths else 0
        if inside + head + path <= chars:
            kept.append(one)
            paths.add(one.path)
            heads.add((one.path, one.head))
            chars -= inside + head + path
    return kept


def told(found: Iterable[Definition], language: str) -> str:
    """The text of definitions by file, the unit's own first, and type; "" without any."""
    mark = comment_of(language) or "//"
    files: dict[str, dict[str, list[str]]] = {"": {}}
    for one in found:
        inner = files.setdefault(one.path, {}).setdefault(one.head, [])
        inner += [f"{_MARGIN}{line}" for line in one.text.split("\n")] if one.text else []
    lines: list[str] = []
    for path, heads in files.items():
        lines += [f"{mark} {path}"] if path else []
        for head, inner in heads.items():
            lines += [head, *inner]
    return "\n".join(lines)
