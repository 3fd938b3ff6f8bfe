"""How a model has read pieces of a repository: its past fixes, and functions that nobody touched for long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta

from postil.core.data import Entry

Method = Literal["edit", "list"]
METHODS: tuple[Method, ...] = ("edit", "list")
# Two readings of one fix never fall into two halves.
Half = Literal["chooses", "reports"]


class NoteAt(Entry, frozen=True):
    """0-based lines of a note in its function, `last` exclusive, and how sure the model was."""

    first: int
    last: int
    score: Annotated[float, Meta(ge=0, le=1)]


class Reading(Entry, frozen=True):
    """The notes of each method on one function, and the seconds that they took."""

    notes: Mapping[Method, tuple[NoteAt, ...]]
    seconds: Mapping[Method, float]


class Sample(Entry, frozen=True, kw_only=True):
    """A function of the repository. `key`: what it is, the same in every run. A past fix has the readings `before` and
    `after` it and the `wrong` lines; a quiet function only the reading `after`. `lines`: of the function `after`."""

    key: str
    half: Half
    lines: int
    after: Reading
    before: Reading | None = None
    wrong: tuple[int, ...] = ()

    def found(self, method: Method, score: float) -> bool:
        """Whether a note stands on a wrong line, or beside it."""
        return self.notes_before(method, score)[1] > 0

    def alarms(self, method: Method, score: float) -> int:
        """Notes on what is taken to be right."""
        return sum(note.score >= score for note in self.after.notes.get(method, ()))

    def notes_before(self, method: Method, score: float) -> tuple[int, int]:
        """(notes on the function before the fix, those of them on its wrong lines)"""
        notes = self.before.notes.get(method, ()) if self.before is not None else ()
        shown = [note for note in notes if note.score >= score]
        return len(shown), sum(_hits(note, self.wrong) for note in shown)


def scores(samples: Sequence[Sample], method: Method) -> list[float]:
    """Each score of a note, once, the least first."""
    found: set[float] = set()
    for sample in samples:
        for reading in (sample.before, sample.after):
            if reading is not None:
                found |= {note.score for note in reading.notes.get(method, ())}
    return sorted(found)


def _hits(note: NoteAt, wrong: Sequence[int]) -> bool:
    return any(note.first - 1 <= row <= note.last for row in wrong)
