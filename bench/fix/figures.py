"""What the trials of a kind come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from bench.fix.trial import Trial


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of cases. `mended`: within the samples, though a run may take as many for each failing test.
    `told`, `untold`: mended by one greedy answer, which is told the failure, or told only that
    there is a defect. `refused`: fixes that were called verified and don't pass the check. `seconds`: the median;
    `answers`, `checked`, `tokens`: the mean of a case."""

    cases: int
    mended: int
    overfit: int
    told: int
    untold: int
    refused: int
    seconds: float
    answers: float
    checked: float
    tokens: float

    @property
    def greedy(self) -> int:
        """The better of the two ways to ask once."""
        return max(self.told, self.untold)

    @property
    def ratio(self) -> float | None:
        return self.mended / self.greedy if self.greedy else None


def totals(trials: Sequence[Trial], untold: Mapping[str, bool], samples: int) -> Totals:
    """`untold`: by the names of the cases; `samples`: answers for a case."""
    return Totals(
        len(trials),
        sum(one.mended and one.number <= samples for one in trials),
        sum(one.overfit for one in trials),
        sum(one.greedy for one in trials),
        sum(untold.get(one.name, False) for one in trials),
        # Of several failing tests a part may be mended: that the check still fails is what is told then.
        sum(one.verified and not one.passes and one.ending != "partly" for one in trials),
        median([one.seconds for one in trials] or [0.0]),
        mean([one.answers for one in trials] or [0.0]),
        mean([one.checked for one in trials] or [0.0]),
        mean([one.tokens.prompt + one.tokens.output for one in trials] or [0.0]),
    )


def by_answers(trials: Sequence[Trial], samples: int) -> list[int]:
    """How many cases are mended with at most 1, 2, … `samples` answers."""
    return [sum(one.mended and one.number <= most for one in trials) for most in range(1, samples + 1)]
