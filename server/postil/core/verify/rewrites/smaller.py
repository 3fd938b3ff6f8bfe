"""A fix without a part of it that may not be needed: models tidy what they rewrite."""

from __future__ import annotations

from difflib import SequenceMatcher


def parts(old: str, new: str) -> int:
    """How many separate places of the old text the new one changes."""
    return len(_changes(old.split("\n"), new.split("\n")))


def without_part(old: str, new: str, part: int) -> str:
    """The new text with one of its changes (0-based) taken back."""
    before, after = old.split("\n"), new.split("\n")
    first, last, start, end = _changes(before, after)[part]
    return "\n".join([*after[:start], *before[first:last], *after[end:]])


def _changes(before: list[str], after: list[str]) -> list[tuple[int, int, int, int]]:
    """Lines that are changed one for one are places of their own."""
    found: list[tuple[int, int, int, int]] = []
    for what, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "replace" and last - first == end - start:
            found += [(first + row, first + row + 1, start + row, start + row + 1) for row in range(last - first)]
        elif what != "equal":
            found.append((first, last, start, end))
    return found
