"""A cache of completions. Typing along an answer, deleting, and typing again needs no new generation."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from postil.core.completion.fit import remaining
from postil.core.completion.place import CLOSE, QUOTES

# Characters around the cursor that identify a place.
KEY_BEFORE = 400
KEY_AFTER = 80
# Characters typed along one answer. A longer answer is generated in several parts.
MOST_TYPED = 300
# The default of `cache.completions`. Typing repeats itself within minutes, so more entries hardly help.
MOST_ENTRIES = 500
# The maximum of `completion.candidates`. A model with temperature gives a different answer each time.
MOST_ANSWERS = 8
# Closing brackets and quotes that an editor inserts behind the cursor while the user types along an answer.
MOST_CLOSED = 4

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """An answer, and the part of it that the user has already typed."""

    answer: str
    typed: str
    starts_line: bool

    @property
    def left(self) -> str | None:
        return remaining(self.answer, self.typed, starts_line=self.starts_line)


class CompletionCache:
    """An LRU cache of answers by place. A place is the text before and behind the cursor. The indentation of an empty
    line isn't part of it, because the model writes that itself."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._entries: OrderedDict[_Key, tuple[str, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, before: str, after: str, answer: str) -> None:
        """Add an answer for a place, unless it is known there."""
        key = (before[-KEY_BEFORE:], after[:KEY_AFTER])
        known = self._entries.pop(key, ())
        self._entries[key] = known if answer in known else (*known, answer)[-MOST_ANSWERS:]
        self.resize(self._most)

    def resize(self, most: int) -> None:
        """Set the maximum number of places."""
        self._most = most
        while len(self._entries) > most:
            self._entries.popitem(last=False)

    def find(self, before: str, after: str) -> tuple[Known, ...]:
        """The answers that continue the text before the cursor: those that begin nearest to the cursor."""
        behinds = before_closing(after[: KEY_AFTER + MOST_CLOSED])
        for back in range(min(len(before), MOST_TYPED) + 1):
            end = len(before) - back
            base = before[max(0, end - KEY_BEFORE) : end]
            for key in ((base, behind[:KEY_AFTER]) for behind in behinds):
                answers = self._entries.get(key)
                if answers is None:
                    continue
                starts_line = not base or base.endswith("\n")
                known = tuple(Known(answer, before[end:], starts_line) for answer in answers)
                if fitting := tuple(one for one in known if one.left is not None):
                    self._entries.move_to_end(key)
                    return fitting
        return ()

    def clear(self) -> None:
        self._entries.clear()


def before_closing(after: str) -> list[str]:
    """The text behind the cursor, with and without closing brackets and quotes that the editor may have inserted."""
    found = [after]
    for closed, char in enumerate(after[:MOST_CLOSED], 1):
        if char not in CLOSE and char not in QUOTES and char != ">":
            break
        found.append(after[closed:])
    return found
