"""Histograms of response times, in the text format that the metrics server collects."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

DEFAULT_BOUNDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


class Histogram:
    """Counts values in buckets. A bucket holds the values up to and including its bound.

    Values above the highest bound are counted in a last bucket without one.
    """

    def __init__(self, name: str, bounds: Iterable[float] = DEFAULT_BOUNDS) -> None:
        """Make an empty histogram. Bounds may come in any order; repeated ones count once."""
        self.name = name
        self._bounds = sorted(set(bounds))
        if not self._bounds:
            raise ValueError(f"{name}: a histogram needs at least one bound")
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    @property
    def count(self) -> int:
        """How many values were observed."""
        return sum(self._counts)

    @property
    def mean(self) -> float | None:
        """The mean of the observed values, or None if there are none."""
        return self._sum / self.count if self.count else None

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def share_within(self, bound: float) -> float:
        """Return the share of the values up to a bound of this histogram; 1 if there are no values."""
        if bound not in self._bounds:
            raise ValueError(f"{self.name}: {bound} is none of the bounds")
        if not self.count:
            return 1.0
        return sum(self._counts[: self._bounds.index(bound) + 1]) / self.count

    def merge(self, other: Histogram) -> None:
        """Add the values of another histogram, which must have the same bounds."""
        if other._bounds != self._bounds:
            raise ValueError(f"{self.name}: cannot merge {other.name}, its bounds differ")
        self._counts = [own + added for own, added in zip(self._counts, other._counts, strict=True)]
        self._sum += other._sum

    def render(self) -> list[str]:
        """Return the lines of the text format; each bucket includes the smaller ones there."""
        labels = [f"{bound:g}" for bound in self._bounds] + ["+Inf"]
        lines = [
            f'{self.name}_bucket{{le="{label}"}} {total}'
            for label, total in zip(labels, accumulate(self._counts), strict=True)
        ]
        return [*lines, f"{self.name}_sum {self._sum:g}", f"{self.name}_count {self.count}"]
