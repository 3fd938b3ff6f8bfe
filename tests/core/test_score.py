"""The score: between 0 and 1, and higher with everything that speaks for the change."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.evidence import FLOOR, Evidence
from postil.core.review.scoring import BIAS, WEIGHTS, score

# As far as log-odds go.
MOST = -math.log(FLOOR) + 0.01
ODDS = st.floats(-MOST, MOST)
NAMES = [field.name for field in fields(Evidence)]
AGAINST = {"alone"}


def test_every_piece_of_evidence_has_a_weight_that_speaks_for_the_change() -> None:
    assert set(WEIGHTS) == {name for name, _ in Evidence().signals()}
    assert set(NAMES) == {name for name, _ in Evidence().features()}
    assert all(weight > 0 for weight in WEIGHTS.values())


@pytest.mark.parametrize("name", NAMES)
@given(known=st.tuples(ODDS, ODDS, ODDS), values=st.tuples(ODDS, ODDS))
def test_the_score_never_falls_with_more_evidence(
    name: str, known: tuple[float, float, float], values: tuple[float, float]
) -> None:
    low, high = (score(replace(Evidence(*known), **{name: value})) for value in sorted(values, reverse=name in AGAINST))
    assert 0 < low <= high < 1
    natural = values[0] if name == "natural" else known[0]
    if abs(values[0] - values[1]) > 0.01 and min(natural, *values if name == "natural" else (natural,)) > 0:
        assert low < high


@given(ODDS)
def test_what_an_engine_cannot_tell_speaks_for_nothing(known: float) -> None:
    assert score(Evidence(doubt=None, natural=known, alone=0.0)) == score(Evidence(known, 0.0, 0.0))
    assert score(Evidence(None, None, known)) == score(Evidence(None, 0.0, known)) == score(Evidence(0.0, 0.0, known))


@given(ODDS, ODDS, ODDS)
def test_no_surroundings_speak_for_what_the_model_would_not_write_there(
    natural: float, alone: float, doubt: float
) -> None:
    assert score(Evidence(-abs(natural), alone, doubt)) <= score(Evidence(0.0, 0.0, doubt))


def test_the_score_is_the_logistic_function_of_the_weighted_sum() -> None:
    odds = BIAS + sum(WEIGHTS.values()) * 2
    assert score(Evidence(3.0, 1.0, 2.0)) == pytest.approx(1 / (1 + math.exp(-odds)))
    assert score(Evidence(-MOST, MOST, -MOST)) < score(Evidence()) < score(Evidence(MOST, -MOST, MOST))
