"""The state of a running review of one document."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from postil.core.request import Usage
from postil.core.review.finding import Span
from postil.service.config.workspace import Readers
from postil.settings import Show


@dataclass(slots=True, eq=False)
class Run:
    """Lasts from the planning to the last unit. While `planned` is False, `readers` and `lines` are the input of the
    next plan. `quiet`: the run shows no progress of its own, because it is part of a batch. `show`: the least certain
    notes that are wanted."""

    uri: str
    path: str
    quiet: bool = False
    show: Show = "all"
    total: int = 0
    pending: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    current: str = ""
    notes: list[str] = field(default_factory=list[str])
    planned: bool = False
    readers: Readers = field(default_factory=Readers)
    lines: tuple[Span, ...] | None = None
    usage: Usage = field(default_factory=Usage)
    cached: int = 0
    failed: int = 0
    # Why units were not reviewed, by unit (persona and digest) and in total those that were left out of the plan.
    unread: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    left_out: int = 0
    dropped: Counter[str] = field(default_factory=Counter[str])
    # Definitions that units use and their requests had no room for.
    untold: int = 0
    started: float = field(default_factory=time.monotonic)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def not_reviewed(self) -> int:
        """Units whose review says nothing: the model's answer was none, or they were left out."""
        return len(self.unread) + self.left_out

    @property
    def done(self) -> int:
        return self.total - len(self.pending)
