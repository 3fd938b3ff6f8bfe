"""A queue of tasks: a bounded number runs at a time, in order of arrival."""

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
    """At most one job per key runs: while a cancelled job is still finishing, the next job with its key waits.
    `done(cancelled)` is called exactly once for each job, on the event loop."""

    def __init__(self, limit: int = 1, failed: Callable[[Exception], object] = lambda error: None) -> None:
        """`failed` is called for an exception that a job raises: it is logged, and the user must hear of it."""
        self.limit = limit
        self._failed = failed
        self._waiting: list[_Job] = []
        self._running: list[_Job] = []
        self._loose: set[asyncio.Task[None]] = set()
        self._closed = False

    def __contains__(self, key: Key) -> bool:
        """Whether a job with that key is waiting or running. Cancelled jobs don't count."""
        return any(job.key == key and not job.cancelled for job in (*self._waiting, *self._running))

    @property
    def busy(self) -> bool:
        return bool(self._running or self._waiting)

    def start(self, key: Key, work: Work, done: Callable[[bool], None]) -> None:
        """Queue work. If a job with that key already waits or runs, the call is ignored and `done` isn't called."""
        if key in self or self._closed:
            return
        self._waiting.append(_Job(key, work, done))
        self._fill()

    def cancel(self, wanted: Callable[[Key], bool]) -> None:
        """Cancel the jobs whose key matches `wanted`."""
        for job in [job for job in self._waiting if wanted(job.key)]:
            self._waiting.remove(job)
            job.done(True)
        for job in self._running:
            if wanted(job.key) and job.task is not None and not job.cancelled:
                job.cancelled = True
                job.task.cancel()

    def spawn(self, work: Work) -> asyncio.Task[None]:
        """Run a task outside the queue (planning, requests to the client). `aclose` cancels it too."""
        task = asyncio.get_running_loop().create_task(self._logged(work))
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
            job.task = asyncio.get_running_loop().create_task(self._logged(job.work))
            job.task.add_done_callback(partial(self._ended, job))

    def _ended(self, job: _Job, task: asyncio.Task[None]) -> None:
        self._running.remove(job)
        job.done(task.cancelled())
        self._fill()

    async def aclose(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        self._closed = True
        self.cancel(lambda key: True)
        tasks = [job.task for job in self._running if job.task is not None] + list(self._loose)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _logged(self, work: Work) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("a job failed")
            if not self._closed:
                self._failed(error)


async def first_of(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set within `seconds`."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
