"""What a review tells while it runs; the LSP client and the command line both listen to these."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.request import Usage
from postil.core.review.finding import Finding
from postil.core.syntax.units import Unit


@dataclass(frozen=True, slots=True)
class UnitStarted:
    """A unit's request is about to leave for the engine."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class FindingFound:
    """A finding that has passed every check: it stays until its code changes."""

    unit: Unit
    finding: Finding


@dataclass(frozen=True, slots=True)
class FindingUpdated:
    """The same finding (same `id`) with more of its message, or with `streaming` now False."""

    unit: Unit
    finding: Finding


@dataclass(frozen=True, slots=True)
class UnitFinished:
    """All there is to know of a unit. `cached`: nothing was asked of the engine. `dropped` counts candidates
    by the check that refused them; `notes` are sentences for the user (what was left out or done without)."""

    unit: Unit
    findings: tuple[Finding, ...]
    usage: Usage
    seconds: float
    cached: bool = False
    dropped: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitFailed:
    """The engine failed on this unit; the message is for the user."""

    unit: Unit
    message: str


ReviewEvent = UnitStarted | FindingFound | FindingUpdated | UnitFinished | UnitFailed
