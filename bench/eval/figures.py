"""Rates, intervals and the curve of detection over noise, from what the reviews found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from postil.core.calibrate.choose import interval

# A finding this many lines from the defect still points at it.
NEAR = 1


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a fix: whether its old lines stand in the file, whether the file is in order after it, and
    whether it passes its tests then (None: they can't be run here)."""

    applies: bool
    in_order: bool = False
    passes: bool | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """1-based lines of a note, how sure it was, and the fate of its fix (None: it has none)."""

    first: int
    last: int
    score: float
    fix: Fate | None = None

    @property
    def fixed(self) -> bool:
        """Whether its fix passes the case's tests."""
        return self.fix is not None and bool(self.fix.passes)

    def hits(self, truth: Sequence[int]) -> bool:
        return any(self.first - NEAR <= line <= self.last + NEAR for line in truth)


@dataclass(frozen=True, slots=True)
class Pair:
    """The notes on a faulty file and on its correct twin, and the faulty lines (1-based)."""

    name: str
    truth: tuple[int, ...]
    faulty: tuple[Note, ...]
    correct: tuple[Note, ...]

    @property
    def hit(self) -> bool:
        return any(note.hits(self.truth) for note in self.faulty)

    @property
    def paired(self) -> bool:
        return self.hit and not any(note.hits(self.truth) for note in self.correct)


@dataclass(frozen=True, slots=True)
class Rates:
    """detection: faulty files with a note on the defect. false_alarm: correct files with any note. j: their
    difference (Youden's J). located: notes (of both kinds of file) that hit a defect. right_fix: files whose
    hitting note's fix passes the tests. noise: notes in 1,000 lines of good code."""

    pairs: int
    detection: float
    false_alarm: float
    located: float
    pair: float
    right_fix: int
    noise: float | None
    j_interval: tuple[float, float]

    @property
    def j(self) -> float:
        return self.detection - self.false_alarm


def rates(pairs: Sequence[Pair], library: Sequence[Note] = (), library_lines: int = 0) -> Rates:
    notes = sum(len(pair.faulty) + len(pair.correct) for pair in pairs)
    hits = sum(note.hits(pair.truth) for pair in pairs for note in pair.faulty)
    return Rates(
        len(pairs),
        _share(pairs, lambda pair: pair.hit),
        _share(pairs, lambda pair: bool(pair.correct)),
        hits / notes if notes else 0.0,
        _share(pairs, lambda pair: pair.paired),
        sum(any(note.fixed and note.hits(pair.truth) for note in pair.faulty) for pair in pairs),
        1000 * len(library) / library_lines if library_lines else None,
        interval(pairs, lambda some: _share(some, lambda p: p.hit) - _share(some, lambda p: bool(p.correct))),
    )


@dataclass(frozen=True, slots=True)
class Fixes:
    """How many fixes the notes of some files have, and how many of these apply, leave the file in order, and pass its
    tests, of those whose tests could be run."""

    offered: int
    apply: int
    in_order: int
    tested: int
    passed: int


def fixes(notes: Iterable[Note]) -> Fixes:
    fates = [note.fix for note in notes if note.fix is not None]
    return Fixes(
        len(fates),
        sum(fate.applies for fate in fates),
        sum(fate.in_order for fate in fates),
        sum(fate.passes is not None for fate in fates),
        sum(bool(fate.passes) for fate in fates),
    )


def _share(pairs: Sequence[Pair], test: Callable[[Pair], bool]) -> float:
    return sum(map(test, pairs)) / len(pairs) if pairs else 0.0
