"""Fits the weights of a profile's `scoring` to candidates with known answers: `python -m bench.eval.fit FILE.json …`.

FILE is what `make eval ARGS='--split tune --json FILE'` writes. Logistic regression with a ridge, by gradient descent:
a handful of candidates and one feature need no library."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.core.review.evidence import Evidence

# Few candidates: the ridge keeps the weight small unless many of them speak for it.
RIDGE = 0.02
STEPS, RATE = 20_000, 0.02


@dataclass(frozen=True, slots=True)
class Candidate:
    """A difference's feature (natural-log odds) and whether it hit a known defect."""

    pmi_difference: float
    right: bool


def read(paths: Sequence[Path]) -> list[Candidate]:
    rows = [row for path in paths for row in json.loads(path.read_text(encoding="utf-8"))]
    return [Candidate(Evidence(**row["features"]).pmi_difference, row["hit"]) for row in rows]


def fit(candidates: Sequence[Candidate]) -> tuple[float, float]:
    """(bias, weight) of the likeliest logistic model. The weight is never negative: the feature is made to speak for
    the change, and a negative weight would only follow chance."""
    bias = weight = 0.0
    for _ in range(STEPS):
        slope, lift = RIDGE * weight, 0.0
        for item in candidates:
            odds = bias + weight * item.pmi_difference
            error = (1 / (1 + math.exp(-odds)) - item.right) / len(candidates)
            lift += error
            slope += error * item.pmi_difference
        bias -= RATE * lift
        weight = max(0.0, weight - RATE * slope)
    return bias, weight


def auc(candidates: Sequence[Candidate]) -> float:
    """Share of (right, wrong) couples in which the right one has the higher feature, and so the higher score."""
    right, wrong = ([one.pmi_difference for one in candidates if one.right is kind] for kind in (True, False))
    return sum((a > b) + 0.5 * (a == b) for a in right for b in wrong) / max(1, len(right) * len(wrong))


def main() -> None:
    candidates = read([Path(name) for name in sys.argv[1:]])
    bias, weight = fit(candidates)
    rights = sum(item.right for item in candidates)
    print(f"{len(candidates)} candidates, {rights} right; AUC {auc(candidates):.2f} (on these very ones)")
    print(f"scoring = {{ bias = {bias:.2f}, pmi_difference = {weight:.2f} }}")


if __name__ == "__main__":
    main()
