"""The definitions that a unit of a document uses: by the index of its folder, else those of its own file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from postil.core.context.values import Definition, DefinitionKind
from postil.core.syntax.units import Unit
from postil.service.context.index.store import Store
from postil.service.context.indexes import Indexes
from postil.service.context.query.definitions import definitions_of
from postil.service.context.query.imported import Indexed


async def find(
    unit: Unit, order: Sequence[DefinitionKind], path: str, text: str, indexes: Indexes | None = None
) -> tuple[Definition, ...]:
    """Those that the unit of the document `text` at `path` uses, in this order of kinds."""
    rows = range(unit.first_line, unit.last_line)

    def ask(store: Store, name: str) -> tuple[Definition, ...]:
        with store.reading():
            return definitions_of(Indexed(store), name, text, unit.language, rows, order)

    found = await indexes.ask(path, ask) if indexes is not None else None
    if found is None:
        found = await asyncio.to_thread(definitions_of, None, path, text, unit.language, rows, order)
    return found
