"""The engine and the model for `postil review`, the model fetched when --pull asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.persona import Persona
from postil.engine.base import Engine
from postil.service.review import ReviewContext
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine ready to review, with a context for each persona. `name` is for the summary."""

    engine: Engine
    name: str
    contexts: tuple[ReviewContext, ...]


async def open_contexts(settings: Settings, personas: Sequence[Persona], *, pull: bool) -> Opened:
    """Raises an EngineError with the next step in its message."""
    raise NotImplementedError
