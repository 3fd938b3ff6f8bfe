"""Where a text, or any sequence, differs from an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from postil.core.text.positions import split_lines

# Of longer texts nothing is compared: the time grows with the square of the lines, and such files are mostly generated.
MOST_LINES = 20_000

T = TypeVar("T")


def differing(old: Sequence[T], new: Sequence[T]) -> tuple[int, int]:
    """How many items of two sequences of one type (two lists, two texts) are the same at the start, and how many of the
    others at the end."""
    most = min(len(old), len(new))
    head = _largest(most, lambda first, last: old[first:last] == new[first:last])
    a, b = len(old), len(new)
    tail = _largest(most - head, lambda first, last: old[a - last : a - first] == new[b - last : b - first])
    return head, tail


def _largest(most: int, same: Callable[[int, int], bool]) -> int:
    """The largest count up to `most` whose items are the same, by bisection: to compare slices is faster than a loop
    over characters. `same`: whether the items from the first count to the second are."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if same(low, middle):
            low = middle
        else:
            most = middle - 1
    return low


def changed_rows(before: str, after: str) -> frozenset[int] | None:
    """The 0-based lines of `after` that `before` doesn't have there. Where lines are only missing, those on both sides
    of the gap. None for a text that is too long to be compared."""
    old, new = split_lines(before), split_lines(after)
    if max(len(old), len(new)) > MOST_LINES:
        return None
    first, last = differing(old, new)
    rows: set[int] = set()
    matcher = SequenceMatcher(None, old[first : len(old) - last], new[first : len(new) - last], autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag == "delete":
            rows |= {max(first + start - 1, 0), first + start}
        elif tag != "equal":
            rows |= set(range(first + start, first + end))
    return frozenset(rows)
