"""The score of a difference: a logistic model over its evidence, fitted on the tuning part of the evaluation."""

from __future__ import annotations

import math

from postil.core.review.evidence import Evidence

# Fitted on the candidates of the tuning split (qwen2.5-coder:1.5b), as `python -m bench.eval.fit` does it: doubt alone
# told a right change from a wrong one no better than chance (AUC .56 of 63), context did (.74).
WEIGHTS = {"context": 0.29, "doubt": 0.01}
BIAS = -0.18


def score(evidence: Evidence) -> float:
    """How likely the difference mends a real defect, 0..1."""
    signals = dict(evidence.signals())
    if evidence.natural is not None and evidence.natural <= 0:
        # Seeing the code around it the model would still write the original: of the tuning pairs' notes none was right.
        signals["context"] = min(signals["context"], 0.0)
    total = BIAS + sum(WEIGHTS[name] * value for name, value in signals.items())
    return 1 / (1 + math.exp(-total))
