"""A queue of jobs that gives out the most urgent one first."""

import heapq
import itertools


class Empty(Exception):
    """There is no job in the queue."""


class JobQueue:
    """Lower numbers are more urgent; jobs of the same priority leave in the order they came."""

    def __init__(self):
        self._heap = []
        self._counter = itertools.count()
        self._cancelled = set()

    def push(self, job, priority=10):
        """Add a job and return its ticket."""
        ticket = next(self._counter)
        heapq.heappush(self._heap, (priority, ticket, job))
        return ticket

    def cancel(self, ticket):
        """A cancelled job is never given out."""
        self._cancelled.add(ticket)

    def pop(self):
        """Remove and return the most urgent job; raise Empty when there is none."""
        while self._heap:
            _, ticket, job = heapq.heappop(self._heap)
            if ticket not in self._cancelled:
                return job
            self._cancelled.discard(ticket)
        raise Empty

    def __len__(self):
        """Number of jobs that are neither given out nor cancelled."""
        return sum(ticket not in self._cancelled for _, ticket, _ in self._heap)

    def drain(self):
        """Remove all jobs and return them in order."""
        jobs = []
        while len(self) > 0:
            jobs.append(self.pop())
        return jobs
