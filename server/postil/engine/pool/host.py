"""One host of a pool: its models, the number of its requests, and whether it is available."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from postil.core.request import Lane
from postil.engine.base import EngineError, EngineFacts, held
from postil.engine.stream.priority import PriorityEngine

log = logging.getLogger(__name__)

# A server that restarts is back in seconds; one that is off for the night is checked once a minute, and only while
# there are requests.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
# Weight of the latest time to a first token in their moving average: five requests show that a host has changed.
LATEST_WEIGHT = 0.3


@dataclass(slots=True, eq=False)
class PoolHost:
    """`name` is for messages: the host's number until its address is known. `slots`: background requests that it gets
    at once. Times are the event loop's, in seconds."""

    name: str
    engine: PriorityEngine
    slots: int
    facts: EngineFacts | None = None
    background: int = 0
    interactive: int = 0
    # Moving average of the time to a first token, 0.0 before there was one.
    first_token_seconds: float = 0.0
    failures: int = 0
    # When a host that failed may be checked; None for one that is available.
    retry_at: float | None = None
    checking: bool = False
    lacking: set[str] = field(default_factory=set)

    @property
    def available(self) -> bool:
        return self.retry_at is None

    @property
    def free(self) -> bool:
        return self.background < self.slots

    def holds(self, model: str) -> bool:
        """As far as is known: a host whose models aren't known may hold any, and so may one that serves a file."""
        if model in self.lacking:
            return False
        return self.facts is None or not self.facts.models or held(self.facts, model) is not None

    def lists(self, model: str) -> bool:
        """Whether the host has said that it holds the model."""
        return self.facts is not None and held(self.facts, model) is not None

    def enter(self, lane: Lane) -> None:
        if lane == "interactive":
            self.interactive += 1
        else:
            self.background += 1

    def leave(self, lane: Lane) -> None:
        if lane == "interactive":
            self.interactive -= 1
        else:
            self.background -= 1

    def answered(self, seconds: float) -> None:
        """A first token came, so many seconds after its request."""
        mean = self.first_token_seconds
        self.first_token_seconds = mean + LATEST_WEIGHT * (seconds - mean) if mean else seconds
        self.recovered()

    def listed(self, facts: EngineFacts) -> None:
        """The host has answered with its models."""
        self.facts, self.name = facts, facts.address
        self.lacking.clear()
        self.recovered()

    def recovered(self) -> None:
        """The host has answered something."""
        if not self.available:
            log.info("%s answers again", self.name)
            # Its speed may have changed with the failure.
            self.first_token_seconds = 0.0
        self.failures, self.retry_at = 0, None

    def failed(self, error: EngineError) -> None:
        """The host didn't answer: it gets no requests for a while, twice as long each time."""
        pause = min(FIRST_PAUSE * 2**self.failures, LONGEST_PAUSE)
        if self.available:
            log.warning("%s gets no requests until it answers again: %s", self.name, error)
        # The pause has its limit long before, and the power of a number that grows for a night overflows.
        self.failures = min(self.failures + 1, 16)
        self.retry_at = asyncio.get_running_loop().time() + pause
