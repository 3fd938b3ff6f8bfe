"""Puts rankings by different scores together, whose numbers can't be compared: by the places alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

# Cormack, Clarke and Büttcher 2009, "Reciprocal Rank Fusion": how little the first places count more than the next.
_FLATNESS = 60


def fused(rankings: Iterable[Sequence[int]]) -> list[tuple[int, float]]:
    """What is in any of the rankings, the best first, each with its score: the sum of 1 / (60 + its place)."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for place, one in enumerate(ranking, 1):
            scores[one] += 1 / (_FLATNESS + place)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
