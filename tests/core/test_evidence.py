"""Evidence and score: what speaks for a change raises it, and no number of a model's can break it."""

from __future__ import annotations

import math

import pytest

from postil.core.request import Alternative, TokenProb
from postil.core.review.evidence import FLOOR, Evidence, log_odds, same_infill
from postil.core.review.finding import Span
from postil.core.review.profile import profiles
from postil.core.review.rewrite import Hunk
from postil.core.review.scoring import score

PROFILE = profiles()["qwen2.5-coder-1.5b"]


def token(**shares: float) -> TokenProb:
    top = tuple(Alternative(text, math.log(share)) for text, share in shares.items())
    return TokenProb(top[0].text, top[0].logprob, top)


def test_log_odds_compare_the_two_ways_on() -> None:
    assert log_odds(token(a=0.8, b=0.2), "a + 1", "b + 1") == pytest.approx(math.log(0.2 / 0.8), abs=1e-3)
    assert log_odds(token(c=1.0), "a", "b") == 0
    assert log_odds(token(b=1.0), "a", "b") == pytest.approx(-math.log(FLOOR), abs=1e-3)


def test_tokens_as_they_stand_in_the_vocabulary_are_read() -> None:
    assert log_odds(token(**{"Ġb": 0.9, "Ġa": 0.1}), " a + 1", " b + 1") == pytest.approx(math.log(9), abs=1e-2)
    assert log_odds(token(**{"▁b": 1.0}), " a", " b") > 5
    assert log_odds(token(**{"Ċ": 1.0}), " a", "\n") > 5
    assert log_odds(token(**{"Ġ": 1.0}), "'a'", "Ġ'") > 5


def test_a_token_that_both_ways_begin_with_counts_for_none() -> None:
    assert log_odds(token(r=0.9, x=0.1), "return a", "return b") == 0


def test_a_model_without_alternatives_is_its_own_only_one() -> None:
    assert log_odds(TokenProb("b", -0.1), "a", "b") > 5


@pytest.mark.parametrize("logprob", [5.0, 0.0, -1e12])
def test_absurd_numbers_stay_bounded(logprob: float) -> None:
    odds = log_odds(TokenProb("b", logprob, (Alternative("b", logprob),)), "a", "b")
    assert 0 <= odds <= -math.log(FLOOR) + 0.01


def test_the_score_rises_with_what_speaks_for_the_change() -> None:
    scores = [score(Evidence(odds, 0.0), PROFILE) or 0.0 for odds in (-9.0, -1.0, 0.0, 1.0, 9.0)]
    assert scores == sorted(scores) and len(set(scores)) == 5
    assert all(0 < value < 1 for value in scores)
    assert score(Evidence(), PROFILE) == score(Evidence(0.0, 0.0), PROFILE)


def test_a_change_that_is_as_likely_anywhere_has_no_pmi_difference() -> None:
    assert Evidence(in_context=6.0, without_context=6.0).pmi_difference == 0
    assert Evidence(in_context=2.0, without_context=-5.0).pmi_difference == 7
    assert Evidence(in_context=2.0).pmi_difference == Evidence(without_context=2.0).pmi_difference == 0
    assert Evidence().pmi_difference == 0


def test_the_veto_is_blind_to_white_space_and_needs_something_to_compare() -> None:
    hunk = Hunk(Span(0, 1), ("    return  a",), ("    return b",))
    assert same_infill(hunk, "return a\nmore")
    assert not same_infill(hunk, "return b")
    assert not same_infill(Hunk(Span(0, 0), (), ("x",)), "")
