"""A cache that forgets what was used least recently."""

from collections import OrderedDict


class LruCache:
    """Holds at most `capacity` entries."""

    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.hits = 0
        self.misses = 0
        self._entries = OrderedDict()

    def __len__(self):
        return len(self._entries)

    def get(self, key, default=None):
        """The value of a key, which becomes the most recently used one."""
        if key not in self._entries:
            self.misses += 1
            return default
        self.hits += 1
        self._entries.move_to_end(key)
        return self._entries[key]

    def put(self, key, value):
        """Store a value; the oldest entry goes when the cache is full."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self.capacity:
            self._entries.popitem(last=False)

    def hit_rate(self):
        """The share of lookups that found something, 0.0 before the first one."""
        total = self.hits + self.misses
        return self.hits / total if total else 0.0
