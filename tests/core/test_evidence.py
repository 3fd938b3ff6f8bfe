"""Evidence: what speaks for a change raises it, and no number of a model's can break it."""

from __future__ import annotations

import math

import pytest

from postil.core.request import Alternative, TokenProb
from postil.core.review.evidence import FLOOR, log_odds


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
