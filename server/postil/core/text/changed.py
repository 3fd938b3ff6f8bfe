"""The lines of a text that differ from an earlier one."""

from __future__ import annotations

from difflib import SequenceMatcher

from postil.core.text.positions import split_lines

# Of longer texts nothing is compared: the time grows with the square of the lines, and such files are mostly generated.
MOST_LINES = 20_000


def changed_rows(before: str, after: str) -> frozenset[int] | None:
    """The 0-based lines of `after` that `before` doesn't have there. Where lines are only missing, those on both sides
    of the gap. None for a text that is too long to be compared."""
    old, new = split_lines(before), split_lines(after)
    if max(len(old), len(new)) > MOST_LINES:
        return None
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    rows: set[int] = set()
    matcher = SequenceMatcher(None, old[first : len(old) - last], new[first : len(new) - last], autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag == "delete":
            rows |= {max(first + start - 1, 0), first + start}
        elif tag != "equal":
            rows |= set(range(first + start, first + end))
    return frozenset(rows)
