"""Where a completion is requested, and what is suggested there."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.completion.fit import Insertion
from postil.core.completion.place import Place
from postil.core.completion.window import Window

# Characters below the cursor in which the next line that isn't blank is looked for.
SEEN_BELOW = 4000
# With more characters than this behind the cursor, completions come only on request. The value is llama.vim's.
MOST_TAIL = 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a completion is requested, with the text before and after it; line ends are line feeds. `want`: the maximum
    number of candidates. `invoked`: the user asked for it by key."""

    uri: str
    language: str
    before: str
    after: str
    invoked: bool = False
    want: int = 1

    def base(self, seen: Window) -> str:
        """The text before the answer: the model writes the indentation of an empty line itself."""
        return self.before[: len(self.before) - len(seen.indent)]

    @property
    def line(self) -> int:
        """The cursor's, 0-based."""
        return self.before.count("\n")

    @property
    def place(self) -> Place:
        tail, _, below = self.after[:SEEN_BELOW].partition("\n")
        return Place(self.before[self.before.rfind("\n") + 1 :], tail, below, self.language)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer, with the id that the client uses to refer to it."""

    id: str
    insertion: Insertion


def unwanted(place: Place, *, invoked: bool) -> bool:
    """Whether no completion should be shown: inside a word, or, unless invoked, in the middle of a line."""
    head, tail = place.head[-1:], place.tail[:1]
    if (head.isalnum() or head == "_") and (tail.isalnum() or tail == "_"):
        return True
    return not invoked and place.kind == "rest" and len(place.tail.strip()) > MOST_TAIL
