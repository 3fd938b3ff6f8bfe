"""How long a request waits for the next keystroke. It waits only while the user types and the engine is slow."""

from __future__ import annotations

# Seconds. After a longer gap between two requests the user has paused, so the next request starts at once.
PAUSE = 0.4
# Factor of the typing interval: with a steady rhythm, no request reaches the model between two keystrokes.
SLACK = 1.25
# Maximum wait, as a share of the engine's latency. An engine that answers between two keystrokes needs no debounce.
SHARE = 0.5
# Seconds, until measured: a small model on two cores, and a fast typist.
FIRST_LATENCY = 1.0
FIRST_INTERVAL = 0.15
# Weight of a new measurement in the moving averages.
WEIGHT = 0.3


class Debounce:
    """All times are seconds of the same clock."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._interval = FIRST_INTERVAL
        self._latency: float | None = None

    @property
    def measured(self) -> bool:
        return self._latency is not None

    @property
    def latency(self) -> float:
        """The engine's average time for an answer."""
        return FIRST_LATENCY if self._latency is None else self._latency

    def asked(self, now: float) -> float:
        """Record a request. Returns how long to wait for a newer one before the model is asked."""
        gap = PAUSE if self._asked is None else now - self._asked
        self._asked = now
        if gap >= PAUSE:
            return 0.0
        self._interval += WEIGHT * (gap - self._interval)
        return min(SLACK * max(self._interval, gap), SHARE * self.latency)

    def took(self, seconds: float) -> None:
        """Record how long an answer took."""
        self._latency = seconds if self._latency is None else self._latency + WEIGHT * (seconds - self._latency)
