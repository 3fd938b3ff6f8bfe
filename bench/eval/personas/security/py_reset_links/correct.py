"""Links that let members of a library choose a new password."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME_SECONDS = 30 * 60


@dataclass(frozen=True)
class _Pending:
    user_id: int
    expires_at: float


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_nonce() -> str:
    """Return a value that ties the form to the browser that has requested it."""
    return secrets.token_hex(16)


class ResetLinks:
    """Hands out tokens for the links; each one works once and for half an hour.

    Only the digests are kept, so that nobody who sees the table can use a link.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._pending: dict[str, _Pending] = {}

    def issue(self, user_id: int) -> str:
        """Return the token for a new link; earlier links of the user no longer work."""
        now = self._clock()
        self._pending = {
            digest: pending
            for digest, pending in self._pending.items()
            if pending.user_id != user_id and pending.expires_at > now
        }
        token = secrets.token_urlsafe(32)
        self._pending[_digest(token)] = _Pending(user_id, now + LIFETIME_SECONDS)
        return token

    def redeem(self, token: str) -> int | None:
        """Return whose link it is and make it useless, or None if it isn't valid (any more)."""
        pending = self._pending.pop(_digest(token), None)
        if pending is None or pending.expires_at <= self._clock():
            return None
        return pending.user_id
