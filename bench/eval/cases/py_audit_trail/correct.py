"""The audit trail of the back office: who did what, and when. Entries are chained by their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """An action, with the digest of the entry before it."""

    moment: datetime
    actor: str
    action: str
    target: str | None
    previous: str

    @property
    def digest(self) -> str:
        """The hash of all fields, in hexadecimal digits."""
        fields = [self.moment.isoformat(), self.actor, self.action, self.target, self.previous]
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


class AuditTrail:
    """Entries in the order in which they were recorded. None is ever changed or removed."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def head(self) -> str:
        """The digest of the last entry, which the next one refers to."""
        return self._entries[-1].digest if self._entries else GENESIS

    def record(
        self,
        actor: str,
        action: str,
        target: str | None = None,
        *,
        at: datetime | None = None,
    ) -> Entry:
        """Append an action that happens now, or happened at the given moment, and return its entry."""
        moment = datetime.now(UTC) if at is None else at
        entry = Entry(moment, actor, action, target, self.head)
        self._entries.append(entry)
        return entry

    def of_actor(self, actor: str, since: datetime | None = None) -> list[Entry]:
        """Return the actions of somebody, all or those from a moment on."""
        return [
            entry for entry in self._entries if entry.actor == actor and (since is None or entry.moment >= since)
        ]

    def export(self) -> list[dict[str, str | None]]:
        """Return the entries in a form that can be written as JSON."""
        return [
            {
                "moment": entry.moment.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "target": entry.target,
                "previous": entry.previous,
            }
            for entry in self._entries
        ]


def first_broken(entries: list[Entry]) -> int | None:
    """Return the index of the first entry that doesn't refer to the one before it, or None."""
    expected = GENESIS
    for index, entry in enumerate(entries):
        if entry.previous != expected:
            return index
        expected = entry.digest
    return None
