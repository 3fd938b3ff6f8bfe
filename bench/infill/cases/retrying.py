"""Run a function again when it fails."""

import time


class GaveUp(Exception):
    """All attempts failed; `last` is the error of the last one."""

    def __init__(self, attempts, last):
        super().__init__(f"gave up after {attempts} attempts: {last}")
        self.attempts = attempts
        self.last = last


def delays(attempts, base=0.1, factor=2.0, limit=5.0):
    """Yield the seconds to wait between attempts, growing by `factor` up to `limit`."""
    delay = base
    for _ in range(attempts - 1):
        yield min(delay, limit)
        delay *= factor


def retry(function, attempts=3, errors=(OSError,), sleep=time.sleep):
    """Call `function` until it succeeds; raise GaveUp after `attempts` failures.

    Only the listed errors are retried, all others are passed on.
    """
    waits = list(delays(attempts))
    for number in range(attempts):
        try:
            return function()
        except errors as error:
            # No waiting after the last attempt.
            if number == attempts - 1:
                raise GaveUp(attempts, error) from error
            sleep(waits[number])
