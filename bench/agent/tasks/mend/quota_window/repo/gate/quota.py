"""Lets somebody in so many times within some seconds."""

from gate.window import Window


class Quota:
    def __init__(self, most, seconds):
        self._most = most
        self._seconds = seconds
        self._windows = {}

    def admits(self, user, now):
        window = self._windows.setdefault(user, Window(self._seconds))
        if window.count(now) >= self._most:
            return False
        window.note(now)
        return True
