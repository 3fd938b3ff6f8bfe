"""Results of a cross-country race."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """How a runner did.

    Attributes:
        runner: The name of the runner.
        club: The club that they run for; empty if there is none.
        seconds: Their time in seconds, or None if they gave up.
    """

    runner: str
    club: str
    seconds: float | None


def ranking(results: Iterable[Result]) -> list[tuple[int, Result]]:
    """Return the places of the runners who have finished, with their results.

    The fastest runner comes first. Runners with equal times have the same place and are listed by
    name; the place after them is left out, as in 1, 2, 2, 4. Those who gave up are missing.
    """
    timed = [(result.seconds, result.runner, result) for result in results if result.seconds is not None]
    ranked: list[tuple[int, Result]] = []
    previous = None
    for index, (seconds, _, result) in enumerate(sorted(timed, key=lambda entry: entry[:2])):
        place = ranked[-1][0] if seconds == previous else index + 1
        ranked.append((place, result))
        previous = seconds
    return ranked


def best_of_clubs(results: Iterable[Result]) -> dict[str, Result]:
    """Return the fastest result of each club, without runners who gave up or have no club.

    If several runners of a club have the same time, it is the one who comes first by name.
    """
    best: dict[str, Result] = {}
    for _, result in ranking(results):
        if result.club:
            best.setdefault(result.club, result)
    return best
