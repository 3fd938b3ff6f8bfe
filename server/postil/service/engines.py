"""The engine of a session: chosen at the first need, kept, and chosen anew after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from postil.core.persona import Persona
from postil.service.cache import ReviewCache
from postil.settings import Settings

if TYPE_CHECKING:
    from postil.engine.build import EngineChoice
    from postil.service.review import ReviewContext

Chooser = Callable[[Settings], "Awaitable[EngineChoice]"]


async def choose_engine(settings: Settings) -> EngineChoice:
    """`engine.build.choose_engine`, imported with the first review."""
    from postil.engine import build

    return await build.choose_engine(settings)


class EngineHolder:
    """Concurrent first needs share one choice. `drop` lets the next need choose again."""

    def __init__(self, choose: Chooser = choose_engine) -> None:
        self._choose = choose
        self._choice: EngineChoice | None = None
        self._key: tuple[object, ...] = ()
        self._lock = asyncio.Lock()

    async def context(self, settings: Settings, persona: Persona, cache: ReviewCache) -> ReviewContext:
        """Raises an EngineError with the next step in its message."""
        from postil.engine.build import choose_model
        from postil.service.review import ReviewContext

        async with self._lock:
            key = _decisive(settings)
            if self._choice is None or self._key != key:
                await self._close()
                self._choice = await self._choose(settings)
                self._key = key
            choice = self._choice
        model = choose_model(settings, choice.facts, persona.model, "review")
        return ReviewContext(choice.engine, model, persona, settings, cache, choice.facts)

    @property
    def name(self) -> str:
        return self._choice.facts.name if self._choice else ""

    async def drop(self) -> None:
        async with self._lock:
            await self._close()

    async def _close(self) -> None:
        choice, self._choice = self._choice, None
        if choice is not None:
            await choice.engine.aclose()


def _decisive(settings: Settings) -> tuple[object, ...]:
    """The settings whose change means another engine: any other must not break what streams."""
    return (
        settings.engine,
        settings.ollama,
        settings.openai,
        settings.embedded,
        settings.model,
        settings.timeouts,
    )
