"""Fits the score's weights to candidates with known answers: `python -m bench.eval.fit FILE.json …`.

FILE is what `make eval ARGS='--split tune --json FILE'` writes. Logistic regression with a ridge, by gradient
descent: a handful of candidates and two features need no library.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.core.review.evidence import Evidence

NAMES = tuple(name for name, _ in Evidence().signals())
# Few candidates: the ridge keeps a weight small unless many of them speak for it.
RIDGE = 0.02
STEPS, RATE = 20_000, 0.02


@dataclass(frozen=True, slots=True)
class Candidate:
    """A difference's features (natural-log odds) and whether it hit a known defect."""

    features: tuple[float, ...]
    right: bool


def read(paths: Sequence[Path]) -> list[Candidate]:
    rows = [row for path in paths for row in json.loads(path.read_text(encoding="utf-8"))]
    return [Candidate(tuple(value for _, value in Evidence(**row["features"]).signals()), row["hit"]) for row in rows]


def fit(candidates: Sequence[Candidate]) -> tuple[float, tuple[float, ...]]:
    """(bias, weights) of the likeliest logistic model; no weight is negative, because each feature is made to
    speak for the change and a negative one would only follow chance."""
    bias, weights = 0.0, [0.0] * len(NAMES)
    for _ in range(STEPS):
        slopes, lift = [RIDGE * weight for weight in weights], 0.0
        for item in candidates:
            total = bias + sum(w * x for w, x in zip(weights, item.features, strict=True))
            error = (1 / (1 + math.exp(-total)) - item.right) / len(candidates)
            lift += error
            slopes = [slope + error * x for slope, x in zip(slopes, item.features, strict=True)]
        bias -= RATE * lift
        weights = [max(0.0, weight - RATE * slope) for weight, slope in zip(weights, slopes, strict=True)]
    return bias, tuple(weights)


def auc(candidates: Sequence[Candidate], bias: float, weights: Sequence[float]) -> float:
    """Share of (right, wrong) couples in which the right one scores higher."""
    scored = [(sum(w * x for w, x in zip(weights, c.features, strict=True)) + bias, c.right) for c in candidates]
    right, wrong = [s for s, r in scored if r], [s for s, r in scored if not r]
    return sum((a > b) + 0.5 * (a == b) for a in right for b in wrong) / max(1, len(right) * len(wrong))


def main() -> None:
    candidates = read([Path(name) for name in sys.argv[1:]])
    bias, weights = fit(candidates)
    rights = sum(item.right for item in candidates)
    print(
        f"{len(candidates)} candidates, {rights} right; AUC {auc(candidates, bias, weights):.2f} (on these very ones)"
    )
    for index, name in enumerate(NAMES):
        alone = [0.0] * len(NAMES)
        alone[index] = 1.0
        print(f"  {name:8} weight {weights[index]:+.3f}, alone AUC {auc(candidates, 0.0, alone):.2f}")
    print(f"  bias     {bias:+.3f}")


if __name__ == "__main__":
    main()
