"""The events of a running review, for the language server and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.request import Usage
from postil.core.review.finding import Finding
from postil.core.syntax.units import Unit


@dataclass(frozen=True, slots=True)
class UnitStarted:
    """The first request for a unit is about to be sent."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class FindingFound:
    """A finding that has passed all checks. It is valid until its code changes."""

    unit: Unit
    finding: Finding


@dataclass(frozen=True, slots=True)
class FindingUpdated:
    """A new version of a finding with the same `id`: a longer message, or `streaming` now False."""

    unit: Unit
    finding: Finding


@dataclass(frozen=True, slots=True)
class UnitFinished:
    """The complete result for a unit. `cached`: no request was sent. `dropped`: rejected candidates, counted by the
    check that rejected them. `notes`: sentences for the user about what was left out. `unread`: why the model's answer
    is no review of the unit (it was empty, cut off, or not code); "" if the unit was reviewed. `untold`: how many
    definitions that the unit uses the requests had no room for."""

    unit: Unit
    findings: tuple[Finding, ...]
    usage: Usage
    seconds: float
    cached: bool = False
    dropped: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    unread: str = ""
    untold: int = 0


@dataclass(frozen=True, slots=True)
class UnitFailed:
    """The engine failed on this unit. The message is for the user."""

    unit: Unit
    message: str


ReviewEvent = UnitStarted | FindingFound | FindingUpdated | UnitFinished | UnitFailed
