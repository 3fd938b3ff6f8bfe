"""Finished reviews by (persona digest, unit digest): a save costs tokens only for what changed."""

from __future__ import annotations

from collections import OrderedDict

from postil.core.finding import Finding

# About 1 kB a review of a unit: 4,096 of them are some megabytes and more units than a day's work touches.
DEFAULT_CAPACITY = 4096


class ReviewCache:
    """Least recently used; holds only reviews that ran to their end."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[tuple[str, str], tuple[Finding, ...]] = OrderedDict()

    def get(self, persona_digest: str, unit_digest: str) -> tuple[Finding, ...] | None:
        key = (persona_digest, unit_digest)
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, persona_digest: str, unit_digest: str, findings: tuple[Finding, ...]) -> None:
        self._entries[persona_digest, unit_digest] = findings
        self._entries.move_to_end((persona_digest, unit_digest))
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
