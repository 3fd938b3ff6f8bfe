"""How long a completion waits for the next key: as long as typing goes on, and only where the engine is slow."""

from __future__ import annotations

# A longer gap between two requests is a pause to think: the next request begins something, and starts at once.
PAUSE = 0.4
# Of the typing interval: enough that an even rhythm doesn't reach the model in between.
SLACK = 1.25
# Of the engine's time for an answer. An engine that answers between two keys needs no protection from them.
SHARE = 0.5
# Before anything is measured: a small model on two cores, and a quick typist.
FIRST_LATENCY = 1.0
FIRST_INTERVAL = 0.15
# New measurements count this much: the rhythm changes with the text, the engine hardly ever.
WEIGHT = 0.3


class Debounce:
    """Times are seconds of one clock."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._interval = FIRST_INTERVAL
        self._latency: float | None = None

    @property
    def measured(self) -> bool:
        return self._latency is not None

    @property
    def latency(self) -> float:
        """The engine's usual time for an answer."""
        return FIRST_LATENCY if self._latency is None else self._latency

    def asked(self, now: float) -> float:
        """A request came; how long to wait for a newer one before the model is asked."""
        gap = PAUSE if self._asked is None else now - self._asked
        self._asked = now
        if gap >= PAUSE:
            return 0.0
        self._interval += WEIGHT * (gap - self._interval)
        return min(SLACK * max(self._interval, gap), SHARE * self.latency)

    def took(self, seconds: float) -> None:
        """An answer took so long."""
        self._latency = seconds if self._latency is None else self._latency + WEIGHT * (seconds - self._latency)
