"""Waiting times between attempts to reach the payment gateway."""

BASE_SECONDS = 0.5
CAP_SECONDS = 30.0
MAX_ATTEMPTS = 20


def backoff_delay(attempt: int) -> float:
    """Return the seconds to wait after the given failed attempt (the first is 1).

    The delay doubles with every attempt and never exceeds CAP_SECONDS.
    """
    if not 1 <= attempt <= MAX_ATTEMPTS:
        raise ValueError(f"attempt must be between 1 and {MAX_ATTEMPTS}, got {attempt}")
    return min(BASE_SECONDS * 2.0 ** (attempt - 1), CAP_SECONDS)
