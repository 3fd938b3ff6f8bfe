"""The score of a candidate: a logistic model over its evidence, fitted on the tuning part of the evaluation."""

from __future__ import annotations

import math

from postil.core.judge import Evidence

# Fitted by `bench/eval/fit.py` on the tuning pairs and library with qwen2.5-coder:1.5b.
WEIGHTS: dict[str, float] = {"change": 2.0}
BIAS = -1.0


def score(evidence: Evidence) -> float:
    """How likely the candidate is a real defect, 0..1."""
    total = BIAS + sum(WEIGHTS.get(name, 0.0) * value for name, value in evidence.features())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))
