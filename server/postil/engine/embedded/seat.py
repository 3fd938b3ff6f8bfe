"""A place for one child of the embedded engine: started with its first request, replaced for another model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from postil.core.request import LoadOptions
from postil.engine.base import EngineUnavailable, StreamBroken, TimeOuts
from postil.engine.dialect.observations import Observations
from postil.engine.embedded.process import NAME, Child, EmbeddedOptions
from postil.engine.openai.engine import OpenAICompatEngine

# Gives a model's GGUF file or raises ModelMissing.
Resolver = Callable[[str], Path]


class Seat:
    """One child process for one model and one context size. A request for another model or size replaces the child once
    the requests that it serves are done. When the child dies, running requests raise, and the next one starts a new
    child. `embedding`: of models that embed."""

    def __init__(
        self,
        resolve: Resolver,
        options: EmbeddedOptions,
        limits: TimeOuts,
        observations: Observations,
        *,
        embedding: bool = False,
    ) -> None:
        self._resolve = resolve
        self._options = options
        self._limits = limits
        # The child is replaced for another model, what was seen of a model stays.
        self._observations = observations
        self._embedding = embedding
        self.child: Child | None = None
        self._lock = asyncio.Lock()
        self._users = 0
        self._closes = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def taken(self, model: str, load: LoadOptions) -> AsyncGenerator[OpenAICompatEngine]:
        """The child's server, kept meanwhile. Errors say so when the child has died."""
        child = await self._acquire(model, load)
        try:
            yield child.engine
        except (StreamBroken, EngineUnavailable) as error:
            reason = await child.why_dead()
            if reason is None:
                raise
            raise type(error)(f"{reason} The next request starts it again.") from error
        finally:
            self._release()

    async def _acquire(self, model: str, load: LoadOptions) -> Child:
        closes = self._closes
        async with self._lock:
            key = (model, load.num_ctx)
            if self.child is None or self.child.key != key or not self.child.alive:
                if self.child is not None:
                    if self.child.alive:
                        await self._idle.wait()
                    await self.child.stop()
                    self.child = None
                child = await Child.start(
                    key,
                    self._resolve(model),
                    self._options,
                    self._limits,
                    self._observations,
                    embedding=self._embedding,
                )
                if self._closes != closes:
                    # `aclose` doesn't wait for a load; nobody else would end this child.
                    await child.stop()
                    raise EngineUnavailable(f"{NAME} was closed while it loaded. Save again to start it.")
                self.child = child
            self._users += 1
            self._idle.clear()
            return self.child

    def _release(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._idle.set()

    async def aclose(self) -> None:
        self._closes += 1
        child, self.child = self.child, None
        if child is not None:
            await child.stop()
