"""Counts what happened within the latest seconds."""


class Window:
    def __init__(self, seconds):
        self._seconds = seconds
        self._times = []

    def note(self, now):
        self._times.append(now)

    def count(self, now):
        """How many were noted within the window that ends now."""
        self._times = [one for one in self._times if now - one < self._seconds]
        return len(self._times)
