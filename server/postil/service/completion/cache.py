"""Answers that are known: what the user types along one, deletes and types again costs no generation."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from postil.core.completion.fit import remaining
from postil.core.completion.place import CLOSE, QUOTES

# Text around the cursor that tells one place from another.
KEY_BEFORE = 400
KEY_AFTER = 80
# Typed along one answer; longer ones are generated in pieces anyway.
MOST_TYPED = 300
# A day's typing repeats itself within minutes; the setting `cache.completions` says another number.
MOST_ENTRIES = 500
# As many as one asks for at most (completion.candidates); a warm model gives another answer every time.
MOST_ANSWERS = 8
# Closers that an editor puts behind the cursor while one types along an answer.
MOST_CLOSED = 4

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """An answer, and what the user has typed of it already."""

    answer: str
    typed: str
    starts_line: bool

    @property
    def left(self) -> str | None:
        return remaining(self.answer, self.typed, starts_line=self.starts_line)


class CompletionCache:
    """Least recently used first. A place is the text before the cursor (without what the model was left to write of an
    empty line's white space) and behind it."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._entries: OrderedDict[_Key, tuple[str, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, before: str, after: str, answer: str) -> None:
        """Remember one more answer for a place; the same one twice counts once."""
        key = (before[-KEY_BEFORE:], after[:KEY_AFTER])
        known = self._entries.pop(key, ())
        self._entries[key] = known if answer in known else (*known, answer)[-MOST_ANSWERS:]
        self.resize(self._most)

    def resize(self, most: int) -> None:
        """Hold at most so many places from now on."""
        self._most = most
        while len(self._entries) > most:
            self._entries.popitem(last=False)

    def find(self, before: str, after: str) -> tuple[Known, ...]:
        """The answers that the text before the cursor agrees with; those begun nearest to the cursor."""
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
    """The text behind the cursor, and as it may have been before the editor closed brackets and quotes by itself."""
    found = [after]
    for closed, char in enumerate(after[:MOST_CLOSED], 1):
        if char not in CLOSE and char not in QUOTES:
            break
        found.append(after[closed:])
    return found
