"""Cache of rendered thumbnails in the memory of the gallery server."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass
class CacheStats:
    """Counters for the dashboard."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0

    @property
    def hit_rate(self) -> float:
        """The share of look-ups that found an image, from 0 to 1."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class ThumbnailCache:
    """Keeps the most recently used thumbnails, up to a number of bytes. For one thread only.

    Keys have the form "album/photo/width".
    """

    def __init__(self, limit: int) -> None:
        if limit <= 0:
            raise ValueError(f"limit must be positive, got {limit}")
        self.stats = CacheStats()
        self._limit = limit
        self._used = 0
        self._images: OrderedDict[str, bytes] = OrderedDict()

    @property
    def used(self) -> int:
        """The size of all stored images together, in bytes."""
        return self._used

    def __len__(self) -> int:
        return len(self._images)

    def get(self, key: str) -> bytes | None:
        """Return the image and count it as used just now, or None if it isn't stored."""
        image = self._images.get(key)
        if image is None:
            self.stats.misses += 1
            return None
        self._images.move_to_end(key)
        self.stats.hits += 1
        return image

    def put(self, key: str, image: bytes) -> bool:
        """Store an image in place of the one with the same key, if there is one.

        Images that were not used for the longest time make room for it. Returns False, and keeps no
        image with this key, if the new one alone exceeds the limit.
        """
        self.discard(key)
        if len(image) > self._limit:
            return False
        self._images[key] = image
        self._used += len(image)
        self._evict()
        return True

    def discard(self, key: str) -> bool:
        """Remove an image; return whether it was stored."""
        image = self._images.pop(key, None)
        if image is None:
            return False
        self._used -= len(image)
        return True

    def discard_album(self, album: str) -> int:
        """Remove all images of an album and return how many these were."""
        keys = [key for key in self._images if key.startswith(f"{album}/")]
        for key in keys:
            self.discard(key)
        return len(keys)

    def _evict(self) -> None:
        while self._used > self._limit:
            _, image = self._images.popitem(last=False)
            self._used -= len(image)
            self.stats.evictions += 1
