"""A review of one document while it runs."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from postil.core.request import Usage
from postil.core.review.finding import Span
from postil.service.config.folder import Readers


@dataclass(slots=True, eq=False)
class Run:
    """A review of one document, from its plan to its last unit. `asked` and `lines`: what the plan is made for that is
    not made yet (`planned` is False)."""

    uri: str
    path: str
    total: int = 0
    pending: set[tuple[str, str]] = field(default_factory=set)
    current: str = ""
    notes: list[str] = field(default_factory=list)
    planned: bool = False
    asked: Readers = field(default_factory=Readers)
    lines: tuple[Span, ...] | None = None
    usage: Usage = field(default_factory=Usage)
    cached: int = 0
    failed: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def done(self) -> int:
        return self.total - len(self.pending)
