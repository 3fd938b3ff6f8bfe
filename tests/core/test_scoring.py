"""The score: between 0 and 1, and higher with everything that speaks for the change."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.evidence import FLOOR, Evidence
from postil.core.review.profile import UNMEASURED, profiles
from postil.core.review.scoring import score

# As far as log-odds go.
MOST = -math.log(FLOOR) + 0.01
ODDS = st.floats(-MOST, MOST)
NAMES = [field.name for field in fields(Evidence)]
AGAINST = {"without_context"}
PROFILE = profiles()["qwen2.5-coder-1.5b"]


def scored(evidence: Evidence) -> float:
    found = score(evidence, PROFILE)
    assert found is not None
    return found


def test_every_piece_of_evidence_is_a_feature() -> None:
    assert set(NAMES) == {name for name, _ in Evidence().features()}


def test_every_profile_that_scores_lets_evidence_speak_for_the_change() -> None:
    assert all(one.scoring.pmi_difference > 0 for one in profiles().values() if one.scoring is not None)


def test_without_measurements_nothing_is_scored() -> None:
    assert score(Evidence(3.0, 1.0), profiles()[UNMEASURED]) is None


@pytest.mark.parametrize("name", NAMES)
@given(known=st.tuples(ODDS, ODDS), values=st.tuples(ODDS, ODDS))
def test_the_score_never_falls_with_more_evidence(
    name: str, known: tuple[float, float], values: tuple[float, float]
) -> None:
    ordered = sorted(values, reverse=name in AGAINST)
    low, high = (scored(replace(Evidence(*known), **{name: value})) for value in ordered)
    assert 0 < low <= high < 1
    in_context = values[0] if name == "in_context" else known[0]
    least = min(in_context, *values if name == "in_context" else (in_context,))
    if abs(values[0] - values[1]) > 0.01 and least > 0:
        assert low < high


@given(ODDS)
def test_what_an_engine_cannot_tell_speaks_for_nothing(known: float) -> None:
    assert scored(Evidence(None, known)) == scored(Evidence(None, None)) == scored(Evidence(0.0, 0.0))


@given(ODDS, ODDS)
def test_no_surroundings_speak_for_what_the_model_would_not_write_there(in_context: float, without: float) -> None:
    assert scored(Evidence(-abs(in_context), without)) <= scored(Evidence(0.0, 0.0))


def test_the_score_is_the_logistic_function_of_the_weighted_sum() -> None:
    assert PROFILE.scoring is not None
    odds = PROFILE.scoring.bias + PROFILE.scoring.pmi_difference * 2
    assert scored(Evidence(3.0, 1.0)) == pytest.approx(1 / (1 + math.exp(-odds)))
    assert scored(Evidence(-MOST, MOST)) < scored(Evidence()) < scored(Evidence(MOST, -MOST))
