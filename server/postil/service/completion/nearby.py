"""What stands before ghost text beside the text around the cursor: looked for, and kept in its place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from postil.core.completion.context import (
    HEADER_SECONDS,
    LEAST_PIECES,
    NO_CONTEXT,
    PIECES_SECONDS,
    STUBS_SHARE,
    Context,
    Header,
    Pieces,
    affordable,
    fitting,
    imports_above,
    pieces_row,
    said_on_line,
    trimmed,
    wanted,
)
from postil.core.completion.cursor import Cursor
from postil.core.completion.window import Window
from postil.core.context.analysis import import_statements, unused_imports
from postil.core.context.words import IDENTIFIER
from postil.core.request import Snippet, Usage
from postil.core.syntax.languages import comment_of
from postil.core.text.uri import path_of
from postil.service.context.index.store import Store
from postil.service.context.indexes import Indexes
from postil.service.context.query.search import search
from postil.service.context.query.stubs import imported_stubs
from postil.service.engines import CompletionContext

log = logging.getLogger(__name__)

T = TypeVar("T")

# Pieces that are looked for. More than three led a 1.5B astray as often as they helped (issue 27's measurement).
MOST_PIECES = 3
# Ghost text without it comes sooner than its use is worth.
_MOST_SECONDS = 1.0
# Of fewer tokens the time is mostly that of one step of the engine.
_LEAST_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Room:
    """Characters for lines of the file itself, for stubs of what it imports, for pieces of other files."""

    imports: int
    stubs: int
    pieces: int


class Nearby:
    """For one completer, and the engine that it asks."""

    def __init__(self) -> None:
        self._known = NO_CONTEXT
        self._calls = 0
        # Prompt tokens that the engine reads in a second.
        self._speed: float | None = None

    async def of(self, cursor: Cursor, seen: Window, context: CompletionContext, indexes: Indexes | None) -> Context:
        """What stands before an infill at the cursor. `indexes`: of the workspace, where it has some."""
        self._calls += 1
        number, room = self._calls, self._room(context)
        header, pieces = NO_CONTEXT.header, NO_CONTEXT.pieces
        if room.imports or room.stubs:
            header = await self._header(cursor, seen, room, indexes)
        # They are shown as comments.
        if room.pieces and indexes is not None and comment_of(cursor.language) is not None:
            pieces = await self._pieces(cursor, room, indexes)
        found = Context(header, pieces, cursor.line, cursor.language)
        # What was overtaken stands before no request.
        if number == self._calls:
            self._known = found
        return found

    def held(self, cursor: Cursor) -> Context:
        """What stands before another answer at the same place."""
        known = self._known
        return known if known.line == cursor.line and cursor.uri in (known.header.uri, known.pieces.uri) else NO_CONTEXT

    def measured(self, usage: Usage) -> None:
        """An answer has told how fast the engine reads."""
        tokens = usage.prompt_tokens - (usage.cached_tokens or 0)
        if usage.prompt_seconds and tokens >= _LEAST_TOKENS:
            self._speed = tokens / usage.prompt_seconds

    def forget(self) -> None:
        """Settings or the engine have changed."""
        self._known = NO_CONTEXT
        self._speed = None

    def _room(self, context: CompletionContext) -> Room:
        rules, limit = context.profile.completion, context.settings.completion.context_chars
        most = rules.context_chars if limit is None else limit
        stubs = int(STUBS_SHARE * most)
        per_token = context.profile.chars_per_token
        above = affordable(rules.import_chars + stubs, self._speed, per_token, HEADER_SECONDS)
        imports = min(rules.import_chars, above)
        beside = affordable(most - stubs, self._speed, per_token, PIECES_SECONDS)
        return Room(imports, min(stubs, above - imports), beside if beside >= LEAST_PIECES else 0)

    async def _header(self, cursor: Cursor, seen: Window, room: Room, indexes: Indexes | None) -> Header:
        known = self._known.header
        holds = known.holds(cursor.uri, _start(cursor, seen), cursor.line)
        # Without a path there was no index to ask: it may be there by now.
        if holds and (known.path or indexes is None):
            return known
        found = await _asked(indexes, cursor, lambda store, path: header_of(store, path, cursor, seen, room))
        if found is None or indexes is None:
            return known if holds else await asyncio.to_thread(header_of, None, "", cursor, seen, room)
        snippets = await indexes.readable(path_of(cursor.uri), found.snippets)
        # The names that are in sight may be others by now; the lines that stand there stay.
        return replace(found, snippets=snippets, imports=known.imports if holds else found.imports)

    async def _pieces(self, cursor: Cursor, room: Room, indexes: Indexes) -> Pieces:
        line, said = cursor.line, said_on_line(cursor.before)
        known = self._known.pieces
        if known.holds(cursor.uri, line, said):
            return known
        found = await _asked(indexes, cursor, lambda store, path: similar(store, path, cursor, room.pieces))
        snippets = await indexes.readable(path_of(cursor.uri), found or ())
        return known.followed_by(Pieces(cursor.uri, line, said, pieces_row(line), snippets))


def header_of(store: Store | None, path: str, cursor: Cursor, seen: Window, room: Room) -> Header:
    """The header of a document that is `path` in an index, or has none. Raises IndexTrouble."""
    start = _start(cursor, seen)
    names = frozenset(IDENTIFIER.findall(f"{seen.prefix} {seen.suffix}"))
    imports, snippets = "", ()
    if room.imports:
        above = cursor.before[:start]
        statements = import_statements(above, cursor.language)
        imports = imports_above(statements, above.count("\n"), names, room.imports)
    if room.stubs and store is not None:
        text = cursor.before + cursor.after
        snippets = imported_stubs(store, path, text, cursor.language, names, room.stubs)
    return Header(cursor.uri, start, cursor.line, path, imports, snippets)


def similar(store: Store, path: str, cursor: Cursor, chars: int) -> tuple[Snippet, ...]:
    """The pieces of other files, the best one last, of at most so many characters. Raises IndexTrouble."""
    text = cursor.before + cursor.after
    query = wanted(cursor.before, cursor.after, unused_imports(text, cursor.language))
    found = search(store, query, MOST_PIECES, but=path)
    return fitting([Snippet(one.path, trimmed(one.text, query)) for one in found], chars)


def _start(cursor: Cursor, seen: Window) -> int:
    """Characters above the window."""
    return len(cursor.before) - len(seen.prefix) - len(seen.indent)


async def _asked(indexes: Indexes | None, cursor: Cursor, question: Callable[[Store, str], T]) -> T | None:
    """What the index of the document's folder says; None without one that can be read, or in time."""
    if indexes is None:
        return None
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            return await indexes.ask(path_of(cursor.uri), question)
    except TimeoutError:
        log.info("the index didn't answer in time")
        return None
