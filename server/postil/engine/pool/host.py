"""One host of a pool: what it holds, how many requests it has, and whether it is left alone for a while."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from postil.core.request import ChatRequest, InfillRequest
from postil.engine.base import EngineError, EngineFacts, held
from postil.engine.stream.priority import PriorityEngine

log = logging.getLogger(__name__)

# A server that is started again is back in seconds; one that is off for the night is asked once a minute, and only
# while somebody works.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
# Of the time to a first token, how much the latest one counts: five requests tell that a host has become another one.
LATEST = 0.3


@dataclass(slots=True, eq=False)
class PoolHost:
    """`name` is what messages call it: its number until it has told its address. `slots`: background requests that
    it gets at once. Times are the event loop's, in seconds."""

    name: str
    engine: PriorityEngine
    slots: int
    facts: EngineFacts | None = None
    background: int = 0
    interactive: int = 0
    # Mean time to a first token, 0.0 before there was one.
    pace: float = 0.0
    failures: int = 0
    # When a host that failed may be asked again; None for one that is well.
    again_at: float | None = None
    asking: bool = False
    lacking: set[str] = field(default_factory=set)

    @property
    def well(self) -> bool:
        return self.again_at is None

    @property
    def free(self) -> bool:
        return self.background < self.slots

    def holds(self, model: str) -> bool:
        """As far as is known: a host that hasn't told its models may hold any, and so may one that was given a file."""
        if model in self.lacking:
            return False
        return self.facts is None or not self.facts.models or held(self.facts, model) is not None

    def enter(self, request: ChatRequest | InfillRequest) -> None:
        if request.lane == "interactive":
            self.interactive += 1
        else:
            self.background += 1

    def leave(self, request: ChatRequest | InfillRequest) -> None:
        if request.lane == "interactive":
            self.interactive -= 1
        else:
            self.background -= 1

    def answered(self, seconds: float) -> None:
        """A first token came, so long after its request."""
        self.pace = seconds if not self.pace else self.pace + LATEST * (seconds - self.pace)
        self._is_well()

    def told(self, facts: EngineFacts) -> None:
        """It has said what it holds."""
        self.facts, self.name = facts, facts.address
        self.lacking.clear()
        self._is_well()

    def _is_well(self) -> None:
        if not self.well:
            log.info("%s answers again", self.name)
            # What it was before it failed says nothing of what it is now.
            self.pace = 0.0
        self.failures, self.again_at = 0, None

    def failed(self, error: EngineError) -> None:
        """It didn't answer: nobody is sent there for a while, twice as long each time."""
        pause = min(FIRST_PAUSE * 2**self.failures, LONGEST_PAUSE)
        if self.well:
            log.warning("%s is left alone until it answers again: %s", self.name, error)
        # Further doublings say nothing, and a number that grows for a night overflows.
        self.failures = min(self.failures + 1, 16)
        self.again_at = asyncio.get_running_loop().time() + pause
