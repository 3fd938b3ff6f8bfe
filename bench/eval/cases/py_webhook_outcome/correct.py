"""What to do after a webhook was delivered."""

from enum import Enum

RETRIED = frozenset({408, 425, 429})


class Outcome(Enum):
    """The next step for a delivery."""

    DONE = "done"
    RETRY = "retry"
    GIVE_UP = "give up"


def outcome_of(status: int, attempt: int, max_attempts: int) -> Outcome:
    """The next step after the receiver answered attempt number `attempt` (counted from 1) with `status`.

    Trouble that may pass is tried again, up to `max_attempts` attempts. A request that the
    receiver calls wrong would be wrong again, so it is given up at once. Redirects have been
    followed before, so `status` is never one of them.
    """
    if status >= 500 or status in RETRIED:
        return Outcome.RETRY if attempt < max_attempts else Outcome.GIVE_UP
    if status >= 400:
        return Outcome.GIVE_UP
    return Outcome.DONE
