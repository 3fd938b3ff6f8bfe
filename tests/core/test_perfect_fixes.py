"""A perfect model's fixes survive the checks: the correct unit of each case of bench/eval, as the answer."""

from __future__ import annotations

import pytest
from bench.eval.cases import CASES, Case, load_cases

from postil.core.review.checks import invalid_reason
from postil.core.review.profile import UNMEASURED, ReviewProfile, profiles
from postil.core.review.rewrite import Hunk, Rewrite
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit

ALL = load_cases(CASES)
# Of a perfect model's fixes at most three in a hundred may be lost.
SURVIVE = 0.97


def unlike(case: Case) -> list[tuple[Unit, Unit]]:
    """The units of the faulty file that differ from their twins of the correct one."""
    found = []
    for faulty, correct in zip(
        split_units(case.faulty, case.language), split_units(case.correct, case.language), strict=False
    ):
        if faulty.text != correct.text:
            found.append((faulty, correct))
    return found


def difference(faulty: Unit, correct: Unit, profile: ReviewProfile) -> Hunk | None:
    """The first difference of the correct unit as a rewrite of the faulty one."""
    rewrite = Rewrite(faulty, profile)
    for line in correct.text.split("\n")[rewrite.first :]:
        rewrite.feed(line + "\n")
    rewrite.finish()
    return rewrite.hunk


def survives(case: Case, profile: ReviewProfile) -> bool:
    """Whether some difference passes."""
    found = [(faulty, difference(faulty, correct, profile)) for faulty, correct in unlike(case)]
    return any(hunk is not None and invalid_reason(unit, hunk, profile) is None for unit, hunk in found)


def test_a_perfect_models_fixes_survive_the_checks() -> None:
    lost = [case.name for case in ALL if not survives(case, profiles()[UNMEASURED])]
    assert len(ALL) >= 100
    assert 1 - len(lost) / len(ALL) >= SURVIVE, lost


@pytest.mark.parametrize("case", ALL[:10], ids=lambda case: case.name)
def test_the_measure_can_fail(case: Case) -> None:
    """The control: a rewrite that is the faulty unit itself is no fix."""
    for faulty, _ in unlike(case):
        assert difference(faulty, faulty, profiles()[UNMEASURED]) is None
