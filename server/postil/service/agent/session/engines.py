"""The engines of several conversations: those with the same settings share one, so that a model is loaded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from postil.engine.base import Engine
from postil.service.engines import EngineHolder
from postil.settings import Settings


@dataclass(slots=True)
class _Shared:
    holder: EngineHolder
    users: set[object] = field(default_factory=set[object])


class SharedEngines:
    """A user is whatever a door calls a conversation."""

    def __init__(self, make: Callable[[], EngineHolder] = EngineHolder) -> None:
        self._make = make
        self._shared: dict[tuple[object, ...], _Shared] = {}

    async def of(self, user: object, settings: Settings) -> EngineHolder:
        """The engines for these settings. What the user had before is closed if nobody else uses it."""
        key = _key(settings)
        if key not in self._shared:
            self._shared[key] = _Shared(self._make())
        shared = self._shared[key]
        shared.users.add(user)
        await self.leave(user, but=shared)
        return shared.holder

    async def failed(self, user: object, engine: Engine) -> None:
        """Choose anew at the next request, unless another conversation may be using the engine."""
        for shared in self._shared.values():
            if shared.users == {user}:
                await shared.holder.failed(engine)

    async def leave(self, user: object, but: _Shared | None = None) -> None:
        for key, shared in list(self._shared.items()):
            if shared is not but:
                shared.users.discard(user)
                if not shared.users:
                    del self._shared[key]
                    await shared.holder.drop()

    async def aclose(self) -> None:
        shared, self._shared = self._shared, {}
        for one in shared.values():
            await one.holder.drop()


def _key(settings: Settings) -> tuple[object, ...]:
    """As EngineHolder, which closes an engine whose settings have changed."""
    return (
        settings.engine,
        settings.ollama,
        settings.openai,
        settings.tls,
        settings.pool,
        settings.embedded,
        settings.model,
        settings.timeouts,
    )
