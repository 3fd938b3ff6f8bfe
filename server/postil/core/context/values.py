"""Values of an index: symbols, imports and chunks, each with its place in a file."""

from __future__ import annotations

from typing import Literal

import msgspec

SymbolKind = Literal[
    "function",
    "method",
    "class",
    "interface",
    "struct",
    "enum",
    "type",
    "trait",
    "module",
    "constant",
    "variable",
    "macro",
]

# What is no piece of code to read by itself.
SMALL: frozenset[SymbolKind] = frozenset({"constant", "variable"})

# How a unit uses a definition. calls: it calls it by its name, on its own object, on a type or a module; types: it
# names it as a type; methods: it calls it on an object of a type that isn't known, where only one type in reach has
# such a method; names: it names it otherwise (a constant).
DefinitionKind = Literal["calls", "types", "methods", "names"]
# The same, as it can be told of the code alone.
UseKind = Literal["calls", "types", "names"]


class Use(msgspec.Struct, frozen=True, array_like=True):
    """A name in code. `on`: what stands before its dot, with dots ("" without); `row`: of the file, 0-based."""

    name: str
    on: str
    row: int
    kind: UseKind


class Definition(msgspec.Struct, frozen=True, array_like=True):
    """A definition as it is told. `path`: of its file, "" for the unit's own; `head`: of a method the type around it,
    and then `text` is the method, which is "" for all others. `first`..`last`: its rows there."""

    path: str
    head: str
    text: str
    first: int
    last: int


class Symbol(msgspec.Struct, frozen=True, array_like=True):
    """A definition. `owner`: the class, type or module around it, with dots; "" at the top. `signature` is its code up
    to the body on one line, `doc` the first line of its docstring or of the comment above. Rows are 0-based, `last` is
    exclusive."""

    kind: SymbolKind
    name: str
    owner: str
    signature: str
    doc: str
    first: int
    last: int

    @property
    def qualified(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name


class Imported(msgspec.Struct, frozen=True, array_like=True):
    """A name that an import binds, and what it is called in this file. `*`: all names."""

    name: str
    bound: str


class Import(msgspec.Struct, frozen=True, array_like=True):
    """An import. `module` as it is written (`..pkg.mod`, `./file`, `example.com/mod`, `crate::mod`). Without `names` it
    binds the module itself, as `bound` ("" if it binds nothing). `passed_on`: this file offers the names as its own."""

    module: str
    names: tuple[Imported, ...]
    bound: str
    row: int
    passed_on: bool = False


class ImportStatement(msgspec.Struct, frozen=True, array_like=True):
    """A statement at the top of a file that imports something, as it is written; `last`: its row, exclusive; `names`:
    what it binds here."""

    last: int
    text: str
    names: tuple[str, ...]


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Some rows of a file, and the words by which they are found. `digest`: of their text and of the definitions that
    they belong to, 64 bits."""

    first: int
    last: int
    words: str
    digest: int


class Analysis(msgspec.Struct, frozen=True, array_like=True):
    """All that an index keeps of a file beside its text."""

    symbols: tuple[Symbol, ...]
    imports: tuple[Import, ...]
    chunks: tuple[Chunk, ...]
