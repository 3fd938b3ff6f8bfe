"""The score: between 0 and 1, and higher the more natural the change is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.evidence import FLOOR
from postil.core.review.profile import ReviewProfile, profiles
from postil.core.review.scoring import score

# As far as log-odds go.
MOST = -math.log(FLOOR) + 0.01
ODDS = st.floats(-MOST, MOST)


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda one: one.name)
@given(values=st.tuples(ODDS, ODDS))
def test_the_score_rises_with_what_speaks_for_the_change(profile: ReviewProfile, values: tuple[float, float]) -> None:
    low, high = (score(value, profile) for value in sorted(values))
    assert 0 < low <= high < 1
    if abs(values[0] - values[1]) > 0.01:
        assert low < high


def test_the_score_is_the_logistic_function_of_the_weighted_odds() -> None:
    profile = profiles()["qwen2.5-coder-1.5b"]
    odds = profile.scoring.bias + profile.scoring.in_context * 3
    assert score(3.0, profile) == pytest.approx(1 / (1 + math.exp(-odds)))
