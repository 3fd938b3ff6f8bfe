"""What is put beside the user's words: the files there are, and earlier turns that fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from postil.core.agent.turns import Asked, Turn
from postil.service.agent.tools.reading import overview
from postil.service.agent.workplace import Workplace

# Of the retrieved part: the list of files, once a conversation.
_OVERVIEW = 0.3

Remembered = Callable[[str, tuple[Turn, ...], int], Awaitable[str]]


class Beside:
    """Of one conversation."""

    def __init__(self, place: Workplace, remembered: Remembered) -> None:
        self._place = place
        self._remembered = remembered

    async def __call__(self, text: str, turns: tuple[Turn, ...]) -> str:
        room = self._place.meter.retrieved_chars
        parts: list[str] = []
        earlier = await self._remembered(text, turns, room // 2)
        if earlier:
            parts.append(earlier)
            room -= len(earlier)
        if not self._place.trusted:
            return "\n\n".join(parts)
        if not any(isinstance(turn, Asked) for turn in turns):
            files = await asyncio.to_thread(overview, self._place, int(room * _OVERVIEW))
            parts.append(f"Files:\n{files}")
            room -= len(files)
        return "\n\n".join(parts)
