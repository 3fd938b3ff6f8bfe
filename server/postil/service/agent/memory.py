"""What a conversation remembers beyond its window."""

from __future__ import annotations

from typing import Protocol

from postil.core.agent.turns import Turn


class Memory(Protocol):
    """`remembered`: what of earlier turns fits the user's words, in so many characters, without what `turns` still
    hold, with a heading; "" where nothing does. `recall`: the same for a query of the model's."""

    async def remembered(self, text: str, turns: tuple[Turn, ...], chars: int) -> str: ...

    async def recall(self, query: str) -> str: ...


class NoMemory:
    """Of a conversation that keeps nothing."""

    async def remembered(self, text: str, turns: tuple[Turn, ...], chars: int) -> str:
        return ""

    async def recall(self, query: str) -> str:
        return ""
