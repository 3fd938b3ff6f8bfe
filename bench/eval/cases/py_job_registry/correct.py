"""In-memory registry of background jobs for the status page."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Job:
    """A background job and the time at which it ended."""

    title: str
    finished_at: float | None = None
    error: str | None = None


class JobRegistry:
    """Knows the running jobs, and the ended ones for a while. Used from the event loop only."""

    def __init__(self, keep_seconds: float, clock: Callable[[], float]) -> None:
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._jobs: dict[str, Job] = {}

    def start(self, job_id: str, title: str) -> None:
        """Register a job that starts now; its id must be new."""
        if job_id in self._jobs:
            raise ValueError(f"job {job_id} exists already")
        self._jobs[job_id] = Job(title)

    def finish(self, job_id: str, error: str | None = None) -> None:
        """Note that a registered job has ended, with the message of its error if it failed."""
        job = self._jobs[job_id]
        job.finished_at = self._clock()
        job.error = error

    def running(self) -> list[str]:
        """Return the titles of the running jobs in alphabetical order."""
        return sorted(job.title for job in self._jobs.values() if job.finished_at is None)

    def prune(self) -> int:
        """Forget the jobs that ended more than `keep_seconds` ago; return how many these were."""
        limit = self._clock() - self._keep_seconds
        removed = 0
        for job_id, job in list(self._jobs.items()):
            if job.finished_at is not None and job.finished_at < limit:
                del self._jobs[job_id]
                removed += 1
        return removed
