"""What a file imports and doesn't use yet, as stubs: what its next lines may need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from postil.core.context.analysis import imports_of
from postil.core.context.stubs import stub
from postil.core.context.words import IDENTIFIER
from postil.core.request import Snippet
from postil.service.context.index.store import Store
from postil.service.context.query.imported import imported
from postil.service.context.query.symbols import symbols_in


def imported_stubs(
    store: Store, path: str, text: str, language: str, seen: Set[str], chars: int
) -> tuple[Snippet, ...]:
    """Stubs, of at most so many characters, of what the imports of a text bring into the file at `path`, but for names
    that are `seen` anyway. First what the text imports and doesn't use; of a module that is imported as a whole only
    what it does use. Raises IndexTrouble."""
    with store.reading():
        said = Counter(IDENTIFIER.findall(text))
        found = [
            one
            for one in imported(store, imports_of(text, language), path, language)
            if one.symbol.name not in seen and said[one.symbol.name]
        ]
        by_file: dict[str, list[str]] = {}
        for one in sorted(found, key=lambda one: said[one.symbol.name] > 1):
            shown = stub(one.symbol, [other.symbol for other in symbols_in(store, one.path)], one.language)
            chars -= len(shown) + (0 if one.path in by_file else len(one.path))
            if chars < 0:
                break
            by_file.setdefault(one.path, []).append(shown)
    # What comes first is nearest to the text, so last.
    return tuple(Snippet(file, "\n".join(parts)) for file, parts in reversed(by_file.items()))
