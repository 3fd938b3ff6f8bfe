"""What is put beside the user's words: the files there are, pieces of code that fit, earlier turns that fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from postil.core.agent.turns import Asked, Turn
from postil.core.agent.words import filled, words
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.tools.reading import overview
from postil.service.agent.workplace import Workplace

# Of the retrieved part: the list of files, once a conversation.
_OVERVIEW = 0.3

Remembered = Callable[[str, tuple[Turn, ...], int], Awaitable[str]]


class Beside:
    """`harness`: code is looked for, too, because the model wouldn't."""

    def __init__(self, place: Workplace, retrieval: Retrieval, remembered: Remembered, *, harness: bool) -> None:
        self._place = place
        self._retrieval = retrieval
        self._remembered = remembered
        self._harness = harness

    async def __call__(self, text: str, turns: tuple[Turn, ...]) -> str:
        room = self._place.meter.retrieved_chars
        parts: list[str] = []
        earlier = await self._remembered(text, turns, room // 2)
        if earlier:
            parts.append(f"{words().recalled}\n{earlier}")
            room -= len(earlier)
        if not self._place.trusted:
            return "\n\n".join(parts)
        if not any(isinstance(turn, Asked) for turn in turns):
            files = await asyncio.to_thread(overview, self._place, int(room * _OVERVIEW))
            parts.append(f"Files:\n{files}")
            room -= len(files)
        if self._harness and room > 400:
            found = await self._retrieval.pieces(text, room)
            if found:
                parts.append(filled(words().found) + "\n" + "\n\n".join(one.shown for one in found))
        return "\n\n".join(parts)
