"""An index and what is found in it, as lines for people and as JSON."""

from __future__ import annotations

from postil.cli.model_tables import size_text
from postil.core.text.plain import one_line, plain
from postil.engine.json_values import JsonObject
from postil.service.context.index.facts import IndexFacts
from postil.service.context.query.search import FoundChunk
from postil.service.context.query.symbols import FoundSymbol

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SHOWN_LANGUAGES = 5


def print_facts(facts: IndexFacts) -> None:
    languages = ", ".join(f"{name} {number:,}" for name, number in facts.languages[:_SHOWN_LANGUAGES])
    share = f" ({facts.disk / facts.sources:.1f} times the files)" if facts.sources else ""
    for name, value in (
        ("workspace", str(facts.root)),
        ("files", f"{facts.files:,}" + (f" ({languages})" if languages else "")),
        ("symbols", f"{facts.symbols:,}"),
        ("chunks", f"{facts.chunks:,}"),
        ("vectors", f"{facts.vectors:,} ({facts.embedder})" if facts.embedder else "none"),
        ("on disk", size_text(facts.disk) + share),
        ("compared", _age(facts.age)),
        ("place", str(facts.place)),
    ):
        print(f"{name:<10} {one_line(value)}")


def _age(seconds: float | None) -> str:
    """How long ago all files were compared."""
    if seconds is None:
        return "never to its end: `postil index --update` goes on"
    for length, unit in _UNITS:
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def facts_json(facts: IndexFacts) -> JsonObject:
    return {
        "workspace": str(facts.root),
        "files": facts.files,
        "languages": dict(facts.languages),
        "symbols": facts.symbols,
        "chunks": facts.chunks,
        "vectors": facts.vectors,
        "embedding_model": facts.embedder or None,
        "source_bytes": facts.sources,
        "disk_bytes": facts.disk,
        "seconds_since_compared": None if facts.age is None else round(facts.age),
        "place": str(facts.place),
    }


def print_chunk(chunk: FoundChunk) -> None:
    print(f"{one_line(chunk.path)}:{chunk.first + 1}-{chunk.last}")
    for line in chunk.text.split("\n"):
        print(f"    {plain(line)}")


def chunk_json(chunk: FoundChunk) -> JsonObject:
    """Lines are 1-based, the last one is part of it."""
    return {
        "path": chunk.path,
        "language": chunk.language,
        "first_line": chunk.first + 1,
        "last_line": chunk.last,
        "score": round(chunk.score, 3),
        "text": chunk.text,
    }


def print_symbol(found: FoundSymbol) -> None:
    symbol = found.symbol
    print(f"{one_line(found.path)}:{symbol.first + 1}: {symbol.kind} {one_line(symbol.qualified)}")
    for line in (symbol.signature, symbol.doc):
        if line:
            print(f"    {one_line(line)}")


def symbol_json(found: FoundSymbol) -> JsonObject:
    symbol = found.symbol
    return {
        "path": found.path,
        "language": found.language,
        "kind": symbol.kind,
        "name": symbol.qualified,
        "signature": symbol.signature,
        "doc": symbol.doc,
        "first_line": symbol.first + 1,
        "last_line": symbol.last,
    }
