"""The score of a difference: how much likelier the model finds it than the original, at its place in the code."""

from __future__ import annotations

import math

from postil.core.review.profile import ReviewProfile


def score(in_context: float, profile: ReviewProfile) -> float:
    """0..1, from the natural-log odds of `evidence.log_odds` between the lines around the difference. Faulty code is
    less natural than correct code (Ray et al., "On the naturalness of buggy code", ICSE 2016)."""
    weights = profile.scoring
    return 1 / (1 + math.exp(-(weights.bias + weights.in_context * in_context)))
