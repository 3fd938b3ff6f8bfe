"""A running generation of the model, and the cursors that it can still answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from postil.core.completion.cache import Known, before_closing
from postil.core.completion.cursor import Cursor
from postil.core.completion.cut import Cutter
from postil.core.completion.window import Window
from postil.engine.base import Engine, EngineError


@dataclass(slots=True, eq=False)
class Generation:
    """One stream of the model. `kept`: it continues even if no request waits for it."""

    cursor: Cursor
    seen: Window
    cutter: Cutter
    engine: Engine
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    error: EngineError | None = None
    waiting: int = 0
    kept: bool = False

    @property
    def base(self) -> str:
        return self.cursor.base(self.seen)

    @property
    def after(self) -> str:
        return self.cursor.after

    @property
    def over(self) -> bool:
        return self.task is not None and self.task.done()

    def carries(self, cursor: Cursor) -> bool:
        """Whether the answer may still fit this cursor: the text typed since then matches what the model wrote."""
        if not cursor.before.startswith(self.base) or self.after not in before_closing(cursor.after):
            return False
        typed = cursor.before[len(self.base) :]
        known = Known(self.cutter.text, typed, not self.base or self.base.endswith("\n"))
        if not typed.strip() or known.left is not None:
            return True
        return not self.over and typed.strip().startswith(self.cutter.text.strip())
