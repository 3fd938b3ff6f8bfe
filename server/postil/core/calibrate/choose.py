"""Which method and threshold follow from a model's readings, and what they are worth on the half that chose nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from msgspec import Meta

from postil.core.calibrate.readings import Method, Sample, scores
from postil.core.data import Entry

# Of fewer past fixes in each half nothing can be said: with ten, the interval of a share is ±.3.
LEAST_FIXES = 10
# Draws of the bootstrap.
_DRAWS = 2000
Share = Annotated[float, Meta(ge=-1, le=1)]

T = TypeVar("T")


class Rates(Entry, frozen=True, kw_only=True):
    """`detection`: the share of past fixes with a note on the wrong lines before. `false_alarm`: those with any note
    after. `j`: their difference, with its 95 % interval (bootstrap over the fixes). `located`: the share of the notes
    on past fixes that are on wrong lines. `noise`: notes in 1,000 lines of quiet code, with its 95 % interval; None
    without such code. `seconds`: of a function."""

    fixes: int
    detection: Share
    false_alarm: Share
    j_interval: tuple[float, float]
    located: Share
    quiet_lines: int
    noise: float | None
    noise_interval: tuple[float, float]
    seconds: float

    @property
    def j(self) -> float:
        return self.detection - self.false_alarm


@dataclass(frozen=True, slots=True)
class Choice:
    """`chose` and `held`: the rates on either half. `why_not`: why it can't be used; "" when it can."""

    method: Method
    min_score: float
    chose: Rates
    held: Rates
    why_not: str = ""


def choose(samples: Sequence[Sample], methods: Sequence[Method], most_noise: float) -> Choice:
    """The method with the greater J, each with the least threshold at which quiet code has at most `most_noise` notes
    in 1,000 lines; by the one half of the samples. The other tells what that is worth."""
    ours = [sample for sample in samples if sample.half == "chooses"]
    theirs = [sample for sample in samples if sample.half == "reports"]
    found: list[tuple[float, Method, float]] = [
        (_j(ours, method, score), method, score)
        for method in methods
        if (score := _threshold(ours, method, most_noise)) is not None
    ]
    # The first of equals: reading by editing brings a fix along. Where everything is noise, nothing is shown.
    best = max(found, key=lambda one: one[0], default=None)
    method: Method = best[1] if best is not None else methods[0]
    score = best[2] if best is not None else 1.0
    chose, held = rates(ours, method, score), rates(theirs, method, score)
    return Choice(method, score, chose, held, _why_not(chose, held))


def rates(samples: Sequence[Sample], method: Method, score: float) -> Rates:
    fixes = [sample for sample in samples if sample.before is not None]
    told = _told(samples, method, score)
    before = [sample.notes_before(method, score) for sample in fixes]
    notes = sum(count for count, _ in before) + sum(sample.alarms(method, score) for sample in fixes)
    noise = _quiet(samples, method, score)
    lines = sum(count for _, count in noise)
    readings = [one for sample in samples for one in (sample.before, sample.after) if one is not None]
    return Rates(
        fixes=len(fixes),
        detection=_share([hit for hit, _ in told]),
        false_alarm=_share([alarm for _, alarm in told]),
        j_interval=interval(told, _difference),
        located=sum(right for _, right in before) / notes if notes else 0.0,
        quiet_lines=lines,
        noise=_noise(noise) if lines else None,
        noise_interval=interval(noise, _noise),
        seconds=sum(one.seconds.get(method, 0.0) for one in readings) / max(1, len(readings)),
    )


def point(samples: Sequence[Sample], method: Method, score: float) -> tuple[float, float]:
    """Notes in 1,000 lines of quiet code, and detection: without the intervals of `rates`, for many thresholds."""
    return _noise(_quiet(samples, method, score)), _share([hit for hit, _ in _told(samples, method, score)])


def _told(samples: Sequence[Sample], method: Method, score: float) -> list[tuple[bool, bool]]:
    """Of each past fix, whether it was found before, and whether there was a note after."""
    fixes = [sample for sample in samples if sample.before is not None]
    return [(sample.found(method, score), sample.alarms(method, score) > 0) for sample in fixes]


def _quiet(samples: Sequence[Sample], method: Method, score: float) -> list[tuple[int, int]]:
    """The notes on each piece of quiet code, and its lines."""
    return [(sample.alarms(method, score), sample.lines) for sample in samples if sample.before is None]


def _j(samples: Sequence[Sample], method: Method, score: float) -> float:
    told = _told(samples, method, score)
    return _difference(told) if told else 0.0


def _threshold(samples: Sequence[Sample], method: Method, most_noise: float) -> float | None:
    quiet = [sample for sample in samples if sample.before is None]
    lines = sum(sample.lines for sample in quiet)
    allowed = most_noise * lines / 1000
    steps = [0.0, *scores(samples, method)]
    if steps[-1] < 1:
        # Nothing is shown.
        steps.append(1.0)
    for score in steps:
        if sum(sample.alarms(method, score) for sample in quiet) <= allowed:
            return score
    return None


def _why_not(chose: Rates, held: Rates) -> str:
    """As a sentence that begins with a small letter."""
    least = min(chose.fixes, held.fixes)
    if least < LEAST_FIXES:
        return f"too few fixes: {least} in one half, {LEAST_FIXES} are needed"
    if held.j_interval[0] <= 0:
        low, high = held.j_interval
        return (
            f"on the fixes that chose nothing its notes don't tell faulty from mended code (J {held.j:+.2f},"
            f" 95 % interval {low:+.2f} to {high:+.2f})"
        )
    return ""


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _difference(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(hit - alarm for hit, alarm in pairs) / len(pairs)


def _noise(quiet: Sequence[tuple[float, float]]) -> float:
    return 1000 * sum(count for count, _ in quiet) / max(1, sum(lines for _, lines in quiet))


def interval(items: Sequence[T], value: Callable[[Sequence[T]], float]) -> tuple[float, float]:
    """The 95 % interval of a value of some items, by a percentile bootstrap over them; 0 to 0 without items."""
    if not items:
        return 0.0, 0.0
    # The same draws each time, so that the same readings give the same interval.
    draw = random.Random(1)
    values = sorted(value(draw.choices(items, k=len(items))) for _ in range(_DRAWS))
    return values[int(0.025 * _DRAWS)], values[int(0.975 * _DRAWS) - 1]
