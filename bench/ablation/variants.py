"""The review with one of its checks or requests switched off, computed from what was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.ablation.records import Difference, UnitRecord
from bench.eval.cases import Case
from bench.eval.figures import Fate, Note, Pair, Rates, rates

from postil.core.review.profile import ReviewProfile
from postil.core.review.scoring import score


@dataclass(frozen=True, slots=True)
class Variant:
    """`ignored`: checks that are off. `most`: differences of a unit that are looked at. `scored`: whether the odds are
    asked for. `sentence`: whether the model is asked for one."""

    name: str
    ignored: frozenset[str] = frozenset()
    most: int = 1
    scored: bool = True
    sentence: bool = False


@dataclass(slots=True)
class Shown:
    """The notes of a variant by file, and the seconds of a unit that the engine worked."""

    notes: dict[str, list[Difference]] = field(default_factory=dict[str, list[Difference]])
    seconds: float = 0.0


def variants(most: int) -> list[Variant]:
    """The review as it is, and without each part. `most`: as many differences as were recorded."""
    checks = ("syntax error", "same code", "runaway", "left out")
    return [
        Variant("as it is"),
        *(Variant(f"without {check!r}", frozenset({check})) for check in checks),
        Variant("without the score", scored=False),
        Variant("without any check or score", frozenset(checks), scored=False),
        Variant(f"up to {most} differences", most=most),
        Variant("with a sentence for each note", sentence=True),
    ]


def shown(records: Sequence[UnitRecord], variant: Variant, profile: ReviewProfile, least: float) -> Shown:
    """What a review shows with the threshold `least`."""
    found = Shown()
    for record in records:
        notes = found.notes.setdefault(record.name, [])
        for at, one in enumerate(record.differences[: variant.most]):
            found.seconds += record.seconds[at]
            if set(one.reasons) - variant.ignored:
                continue
            if variant.scored:
                found.seconds += one.score_seconds
                if one.in_context is not None and score(one.in_context, profile) < least:
                    continue
            found.seconds += one.sentence_seconds if variant.sentence else 0.0
            notes.append(one)
        if len(record.differences) < variant.most:
            found.seconds += record.seconds[-1]
    found.seconds /= max(1, len(records))
    return found


def figures(found: Shown, records: Sequence[UnitRecord], cases: Mapping[str, Case]) -> Rates:
    """Of the pairs of which both files were read."""
    pairs = [
        Pair(
            name,
            case.truth,
            tuple(_note(one) for one in found.notes[f"{name}/faulty"]),
            tuple(_note(one) for one in found.notes[f"{name}/correct"]),
        )
        for name, case in cases.items()
        if f"{name}/faulty" in found.notes and f"{name}/correct" in found.notes
    ]
    library = [record for record in records if record.name.startswith("library/")]
    noise = [_note(one) for name, notes in found.notes.items() if name.startswith("library/") for one in notes]
    return rates(pairs, noise, sum(record.lines for record in library))


def _note(one: Difference) -> Note:
    return Note(one.first, one.last, 1.0, Fate(applies=True, in_order=True, passes=one.passes))
