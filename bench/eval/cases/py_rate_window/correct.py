"""Limits how often a client may call the API."""

import threading
from collections import deque
from collections.abc import Callable


class SlidingWindowLimiter:
    """Allows at most `limit` requests of a client within any `window` seconds."""

    def __init__(self, limit: int, window: float, clock: Callable[[], float]) -> None:
        if limit < 1 or window <= 0:
            raise ValueError("limit and window must be positive")
        self._limit = limit
        self._window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._accepted: dict[str, deque[float]] = {}

    def allow(self, client: str) -> bool:
        """Record a request and return True, or return False if the client has used up its limit."""
        now = self._clock()
        with self._lock:
            times = self._accepted.setdefault(client, deque())
            self._drop_expired(times, now)
            if len(times) >= self._limit:
                return False
            times.append(now)
            return True

    def remaining(self, client: str) -> int:
        """Return how many requests the client could make right now."""
        now = self._clock()
        with self._lock:
            times = self._accepted.get(client, deque())
            self._drop_expired(times, now)
            return self._limit - len(times)

    def forget_idle(self) -> int:
        """Forget the clients without a request in the window; return how many these were."""
        now = self._clock()
        with self._lock:
            for times in self._accepted.values():
                self._drop_expired(times, now)
            idle = [client for client, times in self._accepted.items() if not times]
            for client in idle:
                del self._accepted[client]
            return len(idle)

    def _drop_expired(self, times: deque[float], now: float) -> None:
        while times and times[0] <= now - self._window:
            times.popleft()
