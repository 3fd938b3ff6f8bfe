"""A queue of jobs."""

import heapq
import itertools


class Jobs:
    """Jobs by priority, the highest first; those of the same priority in the order in which they came."""

    def __init__(self):
        self._heap = []
        self._numbers = itertools.count()

    def add(self, name, priority=0):
        heapq.heappush(self._heap, (-priority, next(self._numbers), name))

    def next(self):
        """The name of the next job, which leaves the queue; None when there is none."""
        return heapq.heappop(self._heap)[2] if self._heap else None

    def __len__(self):
        return len(self._heap)
