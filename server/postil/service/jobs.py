"""Tasks that run: a bounded number at a time, in the order they came, none forgotten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]
Key = tuple[str, ...]


@dataclass(slots=True)
class _Job:
    key: Key
    work: Work
    done: Callable[[bool], None]
    task: asyncio.Task[None] | None = None
    cancelled: bool = False


class Jobs:
    """One job a key: while a cancelled one still ends, the next of its key waits. `done(cancelled)` is called exactly
    once for each, on the event loop."""

    def __init__(self, limit: int = 1) -> None:
        self.limit = limit
        self._waiting: list[_Job] = []
        self._running: list[_Job] = []
        self._loose: set[asyncio.Task[None]] = set()
        self._closed = False

    def __contains__(self, key: Key) -> bool:
        """Whether a job of that key waits or runs; a cancelled one doesn't count."""
        return any(job.key == key and not job.cancelled for job in (*self._waiting, *self._running))

    @property
    def busy(self) -> bool:
        return bool(self._running or self._waiting)

    def start(self, key: Key, work: Work, done: Callable[[bool], None]) -> None:
        """Queue work; nothing happens when a job of that key is there already (its `done` isn't called)."""
        if key in self or self._closed:
            return
        self._waiting.append(_Job(key, work, done))
        self._fill()

    def cancel(self, wanted: Callable[[Key], bool]) -> None:
        """Cancel the jobs whose key is wanted gone."""
        for job in [job for job in self._waiting if wanted(job.key)]:
            self._waiting.remove(job)
            job.done(True)
        for job in self._running:
            if wanted(job.key) and job.task is not None and not job.cancelled:
                job.cancelled = True
                job.task.cancel()

    def spawn(self, work: Work) -> asyncio.Task[None]:
        """A task beside the queue (planning, talking to the client), cancelled at the end like the rest."""
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._loose.add(task)
        task.add_done_callback(self._loose.discard)
        if self._closed:
            task.cancel()
        return task

    def _fill(self) -> None:
        while len(self._running) < self.limit and not self._closed:
            ending = {job.key for job in self._running}
            job = next((job for job in self._waiting if job.key not in ending), None)
            if job is None:
                return
            self._waiting.remove(job)
            self._running.append(job)
            job.task = asyncio.get_running_loop().create_task(_logged(job.work))
            job.task.add_done_callback(partial(self._ended, job))

    def _ended(self, job: _Job, task: asyncio.Task[None]) -> None:
        self._running.remove(job)
        job.done(task.cancelled())
        self._fill()

    async def aclose(self) -> None:
        """Cancel everything and wait for it."""
        self._closed = True
        self.cancel(lambda key: True)
        tasks = [job.task for job in self._running if job.task is not None] + list(self._loose)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _logged(work: Work) -> None:
    try:
        await work()
    except asyncio.CancelledError:
        raise
    except Exception:
        # The job is over and the user has been told by its own means; the traceback is for the log, once.
        log.exception("a job failed")
