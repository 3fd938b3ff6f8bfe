"""The score of a difference: a logistic model of its evidence, with the weights of the review profile."""

from __future__ import annotations

import math

from postil.core.review.evidence import Evidence
from postil.core.review.profile import ReviewProfile


def score(evidence: Evidence, profile: ReviewProfile) -> float:
    """How likely the difference fixes a real defect, 0..1. Of weights that weren't fitted only the order counts."""
    difference = evidence.pmi_difference
    if evidence.in_context is not None and evidence.in_context <= 0:
        # In context the model prefers the original: of the notes on the tune split's pairs none was right then.
        difference = min(difference, 0.0)
    total = profile.scoring.bias + profile.scoring.pmi_difference * difference
    return 1 / (1 + math.exp(-total))
