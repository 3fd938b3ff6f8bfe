"""Where a completion is wanted, and what it is answered."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.completion.fit import Insertion
from postil.core.completion.place import Place
from postil.core.completion.window import Window
from postil.engine.base import ModelMissing

# The next line that isn't blank is all that counts of what is below.
SEEN_BELOW = 4000
# What stays behind a cursor at which completing by itself would be in the way; as llama.vim has it.
MOST_TAIL = 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a completion is wanted: the text before and after it, line ends as line feeds. `want`: at most so
    many candidates; `invoked`: asked for by key."""

    uri: str
    language: str
    before: str
    after: str
    invoked: bool = False
    want: int = 1

    def base(self, seen: Window) -> str:
        """The text up to the place where an answer to this window begins."""
        return self.before[: len(self.before) - len(seen.indent)]

    @property
    def place(self) -> Place:
        tail, _, below = self.after[:SEEN_BELOW].partition("\n")
        return Place(self.before[self.before.rfind("\n") + 1 :], tail, below, self.language)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer and the name by which the client speaks of it."""

    id: str
    insertion: Insertion


@dataclass(frozen=True, slots=True)
class Completed:
    """Suggestions, the best first; without one, `why` for the user ("" = there is nothing to add), and `missing` when a
    model is needed that isn't there and the user hasn't heard of it."""

    suggestions: tuple[Suggestion, ...] = ()
    why: str = ""
    missing: ModelMissing | None = None


def unwanted(place: Place, *, invoked: bool) -> bool:
    """Whether a completion would be in the way: inside a word, or, unasked, in the middle of a line."""
    head, tail = place.head[-1:], place.tail[:1]
    if (head.isalnum() or head == "_") and (tail.isalnum() or tail == "_"):
        return True
    return not invoked and place.kind == "rest" and len(place.tail.strip()) > MOST_TAIL
