"""The pieces of other files before ghost text: looked for in the index, and kept while the cursor is near."""

from __future__ import annotations

from postil.core.completion.context import NO_CONTEXT, Context, affordable, fitting, wanted
from postil.core.completion.cursor import Cursor
from postil.core.request import Usage
from postil.core.text.uri import path_of
from postil.service.context.indexes import Indexes
from postil.service.engines import CompletionContext

# Pieces that are looked for. More than three led a 1.5B astray as often as they helped (issue 27's measurement).
_MOST = 3
# Of fewer tokens the time is mostly that of one step of the engine.
_LEAST_TOKENS = 64


class Nearby:
    """For one completer, and the engine that it asks."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._known: Context = NO_CONTEXT
        # Prompt tokens that the engine reads in a second.
        self._speed: float | None = None

    async def of(self, cursor: Cursor, context: CompletionContext) -> Context:
        """What stands before an infill at the cursor."""
        limit = context.settings.completion.context_chars
        most = context.profile.completion.context_chars if limit is None else limit
        chars = affordable(most, self._speed, context.profile.chars_per_token)
        if not chars:
            return NO_CONTEXT
        line = cursor.before.count("\n")
        # Without a path there was no index to ask: it may be there by now.
        if not self._known.holds(cursor.uri, line) or not self._known.path:
            self._known = await self._looked_for(cursor, line, chars)
        return self._known

    def held(self, cursor: Cursor) -> Context:
        """What stands before another answer at the same place."""
        return self._known if self._known.holds(cursor.uri, cursor.before.count("\n")) else NO_CONTEXT

    def measured(self, usage: Usage) -> None:
        """An answer has told how fast the engine reads."""
        tokens = usage.prompt_tokens - (usage.cached_tokens or 0)
        if usage.prompt_seconds and tokens >= _LEAST_TOKENS:
            self._speed = tokens / usage.prompt_seconds

    def forget(self) -> None:
        """Settings or the engine have changed."""
        self._known = NO_CONTEXT
        self._speed = None

    async def _looked_for(self, cursor: Cursor, line: int, chars: int) -> Context:
        path, found = await self._indexes.similar(path_of(cursor.uri), wanted(cursor.before, cursor.after), _MOST)
        return Context(cursor.uri, line, path, fitting(found, chars))
