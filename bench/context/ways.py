"""What may stand before a request: ways to choose pieces of other files for a hole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.context.holes import Hole
from bench.context.project import IDENTIFIER, Project

from postil.core.completion.context import fitting, wanted
from postil.core.context.analysis import imports_of
from postil.core.request import Snippet
from postil.core.syntax.languages import comment_of
from postil.service.context.index.store import Store
from postil.service.context.query.imported import imported
from postil.service.context.query.search import search
from postil.service.context.query.symbols import FoundSymbol, symbols_in

# Chunks that are looked for.
CHUNKS = 3
# Of an imported type.
_MOST_METHODS = 12


@dataclass(frozen=True, slots=True)
class Ground:
    """What a way may look at: the project of the hole, and another one that has nothing to do with it. `chars`: of all
    pieces together, at most."""

    project: Project
    stranger: Project
    chars: int


Way = Callable[[Ground, Hole], tuple[Snippet, ...]]


def none(ground: Ground, hole: Hole) -> tuple[Snippet, ...]:
    """The file alone, as ghost text without an index."""
    del ground, hole
    return ()


def chunks(ground: Ground, hole: Hole) -> tuple[Snippet, ...]:
    """The chunks of other files that share most words with the lines around the cursor."""
    return _similar(ground.project.store, hole, ground.chars)


def strangers(ground: Ground, hole: Hole) -> tuple[Snippet, ...]:
    """The faulty control: the same search in another package. What helps here is no knowledge of the project."""
    return _similar(ground.stranger.store, hole, ground.chars)


def _similar(store: Store, hole: Hole, chars: int) -> tuple[Snippet, ...]:
    found = search(store, wanted(hole.before, hole.after), CHUNKS, but=hole.place.path)
    return fitting([Snippet(one.path, one.text) for one in found], chars)


def stubs(ground: Ground, hole: Hole) -> tuple[Snippet, ...]:
    """Signatures and first lines of documentation of what the file imports: first of what is named near the cursor."""
    path, store = hole.place.path, ground.project.store
    found = imported(store, imports_of(hole.rest, hole.language), path, hole.language)
    near = set(IDENTIFIER.findall(wanted(hole.before, hole.after)))
    left = ground.chars
    lines: dict[str, list[str]] = {}
    for one in sorted(found, key=lambda one: one.symbol.name not in near):
        said = _stub(store, one)
        left -= len(said)
        if left < 0:
            break
        lines.setdefault(one.path, []).append(said)
    # What is nearest last, next to the text to fill in.
    return tuple(Snippet(file, "\n".join(parts)) for file, parts in reversed(lines.items()))


def _stub(store: Store, one: FoundSymbol) -> str:
    symbol, mark = one.symbol, comment_of(one.language) or "//"
    said = [f"{mark} {symbol.doc}"] if symbol.doc else []
    said.append(symbol.signature)
    if symbol.kind in ("class", "struct", "interface", "trait"):
        methods = [other.symbol for other in symbols_in(store, one.path) if other.symbol.owner == symbol.qualified]
        said += [f"    {method.signature}" for method in methods[:_MOST_METHODS]]
    return "\n".join(said)


WAYS: Mapping[str, Way] = {"none": none, "chunks": chunks, "stubs": stubs, "strangers": strangers}
CONTROL = "strangers"
