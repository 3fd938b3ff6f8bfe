"""Puts rankings by different scores together, whose numbers can't be compared: by the places alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

# Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), which has 60: how little the first places count more than
# the next. Of 10, 20 and 60 the last two were alike on the questions of bench/retrieval.
_FLATNESS = 20


def fused(rankings: Iterable[tuple[float, Sequence[int]]]) -> list[tuple[int, float]]:
    """What is in any of the rankings, each with its weight; the best first, with its score: the sum of weight /
    (20 + place)."""
    scores: defaultdict[int, float] = defaultdict(float)
    for weight, ranking in rankings:
        for place, one in enumerate(ranking, 1):
            scores[one] += weight / (_FLATNESS + place)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
