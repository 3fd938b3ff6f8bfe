"""All that an index keeps of one text: its symbols, its imports, its chunks."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from msgspec.structs import replace
from tree_sitter import Node

from postil.core.context.chunks import chunks
from postil.core.context.described import headings
from postil.core.context.imports import imports, statements
from postil.core.context.symbols import symbols
from postil.core.context.uses import uses
from postil.core.context.values import SMALL, Analysis, Chunk, Import, ImportStatement, Symbol, Use
from postil.core.context.words import IDENTIFIER
from postil.core.syntax.tree import parse
from postil.core.text.positions import split_lines


def analyse(text: str, language: str) -> Analysis:
    """Never raises, whatever the text. Without a grammar: chunks alone."""
    lines = split_lines(text)
    root = _root(lines, language)
    found = symbols(root, language) if root is not None else []
    cut = chunks(lines, frozenset(symbol.first for symbol in found if symbol.kind not in SMALL))
    above = headings(found, [(chunk.first, chunk.last) for chunk in cut])
    return Analysis(
        tuple(found),
        tuple(imports(root, language)) if root is not None else (),
        tuple(map(_under, cut, above)),
    )


def _under(chunk: Chunk, heading: str) -> Chunk:
    """The chunk, which is another one under another heading: its vector is made of both."""
    if not heading:
        return chunk
    digest = blake2b(heading.encode("utf-8", "surrogatepass"), digest_size=8, key=str(chunk.digest).encode()).digest()
    return replace(chunk, digest=int.from_bytes(digest, "big", signed=True))


def imports_of(text: str, language: str) -> list[Import]:
    """The imports of a text, as of one that is being edited."""
    root = _root(split_lines(text), language)
    return imports(root, language) if root is not None else []


def unused_imports(text: str, language: str) -> list[str]:
    """The names that a text imports and doesn't use: those that are in it once."""
    said = Counter(IDENTIFIER.findall(text))
    names = [name.bound for one in imports_of(text, language) for name in one.names]
    return [name for name in names if said[name] == 1]


def import_statements(text: str, language: str) -> list[ImportStatement]:
    """The statements at the top of a text that import something."""
    root = _root(split_lines(text), language)
    return statements(root, language) if root is not None else []


def used_in(text: str, language: str, rows: range) -> tuple[list[Symbol], list[Import], list[Use]]:
    """What a text defines and imports, and what its `rows` use."""
    root = _root(split_lines(text), language)
    if root is None:
        return [], [], []
    return symbols(root, language), imports(root, language), uses(root, rows.start, rows.stop)


def definitions_in(text: str, language: str) -> tuple[list[Symbol], list[Import]]:
    """What a text defines and imports."""
    root = _root(split_lines(text), language)
    return (symbols(root, language), imports(root, language)) if root is not None else ([], [])


def _root(lines: list[str], language: str) -> Node | None:
    tree = parse("\n".join(lines), language)
    return tree.root_node if tree is not None else None
