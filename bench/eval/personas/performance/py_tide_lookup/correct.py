"""Water levels at the times when ships have passed a lock."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime


def levels_at(passages: Iterable[datetime], table: Sequence[tuple[datetime, float]]) -> list[float | None]:
    """Return the last level that was measured up to each passage, or None before the first one.

    `table` has times and levels in any order.
    """
    measured = sorted(table)
    times = [time for time, _ in measured]
    levels: list[float | None] = []
    for passage in passages:
        index = bisect_right(times, passage)
        levels.append(measured[index - 1][1] if index else None)
    return levels
