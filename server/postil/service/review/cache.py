"""A cache of finished reviews by persona and unit digest, so that a save costs tokens only for changed units."""

from __future__ import annotations

from collections import OrderedDict

from postil.core.review.finding import Finding

# The default of `cache.reviews`: more units than anybody edits in a day.
DEFAULT_CAPACITY = 4096


class ReviewCache:
    """An LRU cache. It holds only completed reviews."""

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
        self.resize(self._capacity)

    def resize(self, capacity: int) -> None:
        """Set the maximum number of reviews."""
        self._capacity = capacity
        while len(self._entries) > capacity:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
