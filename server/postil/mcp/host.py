"""What all tools of `postil mcp` share: the folder, its settings of now, the engine, and what a tool's trouble is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from postil.core.persona.persona import Persona
from postil.service.config.here import with_models, workspace_of
from postil.service.config.load import LoadedSettings, load_settings, user_file
from postil.service.engines import EngineHolder
from postil.service.personas.admin import known_personas
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.settings import Settings

# Tells what happens, in a line.
Tell: TypeAlias = Callable[[str], Awaitable[None]]


class Refused(Exception):
    """What was asked for isn't done. The message says why, and what to do next."""


@dataclass(slots=True)
class Host:
    """`root`: with links resolved. Nothing outside of it is read for a caller."""

    root: Path
    engines: EngineHolder
    cache: ReviewCache = field(default_factory=ReviewCache)
    # Two at once would each have half of the machine, and time limits for all of it.
    fixing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def workspace(self) -> Path:
        """The folder whose settings and personas count."""
        return workspace_of(self.root) or self.root

    def loaded(self) -> LoadedSettings:
        """The settings as they are now."""
        loaded = load_settings(user_file=user_file(), workspace=workspace_of(self.root))
        return with_models(loaded, self.root, user_file().parent)

    def persona(self, settings: Settings, name: str) -> Persona:
        """Raises Refused."""
        found = known_personas(settings, self.workspace).personas
        if name not in found:
            raise Refused(f"there is no persona {name!r}: `postil personas list` shows them")
        return found[name]

    async def context(self, settings: Settings, persona: Persona) -> ReviewContext:
        """Raises an EngineError with the next step in its message."""
        return await self.engines.context(settings, persona, self.cache)
