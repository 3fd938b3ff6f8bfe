"""Reviews the files one after the other for a reporter and a tally; dismissed findings are only counted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from postil.cli.report.report import Report, Reporter, Tally
from postil.core.context.values import Definition, DefinitionKind
from postil.core.persona.persona import Persona
from postil.core.review.finding import Finding
from postil.core.suppression.baseline import Baseline
from postil.core.suppression.dismissed import Dismissed
from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.service.review import definitions as unit_definitions
from postil.service.review.baseline import path_in
from postil.service.review.context import FindDefinitions
from postil.service.review.events import (
    FindingFound,
    FindingUpdated,
    ReviewEvent,
    UnitFinished,
    UnitStarted,
)
from postil.service.review.fallback import Fallback
from postil.service.review.targets import ReviewedFile, Targets, concerns, shown_path
from postil.service.review.units import ReviewContext, review_units


@dataclass(frozen=True, slots=True)
class ReviewBaseline:
    """The baseline of a review: its paths are relative to `root`, the shown ones to `base`."""

    base: Path
    root: Path
    baseline: Baseline = field(default_factory=Baseline)

    def of(self, file: ReviewedFile) -> Dismissed:
        return Dismissed("\n".join(file.lines), self.path(file), file.language, self.baseline)

    def path(self, file: ReviewedFile) -> str:
        """The file's path in the baseline."""
        return path_in(self.root, self.base / file.path)


async def run_review(
    contexts: Sequence[ReviewContext],
    targets: Targets,
    reporter: Reporter,
    engine_name: str,
    wanted: Callable[[Persona, ReviewedFile], bool],
    known: ReviewBaseline,
) -> Report:
    """Reviews every file with every context (one for each persona) whose persona reads it, for the reporter.

    The reporter is finished in every case: after Ctrl-C (CancelledError) and after an EngineError with what was found
    until then, before the error is raised.
    """
    tally = tally_of(targets, known.base)
    started = time.monotonic()
    interrupted = False
    fallback = Fallback()
    pairs = [(file, context) for file in targets.files for context in contexts if wanted(context.persona, file)]
    work = [(file, context, _units(file, context, tally)) for file, context in pairs]
    total = sum(len(units) for _, _, units in work)

    def report() -> Report:
        return tally.report(
            files=tuple(file.path for file in targets.files),
            skipped=targets.skipped,
            seconds=time.monotonic() - started,
            engine=engine_name,
            model=", ".join(dict.fromkeys(fallback.model(context.model) for context in contexts)),
            personas=tuple(context.persona for context in contexts),
            interrupted=interrupted,
        )

    number = 0
    try:
        for file, context, units in work:
            exclusions = _exclusions(file, known.of(file))
            context = replace(context, find=_finder(file))
            async with aclosing(review_units(context, units, fallback, tally.note)) as events:
                async for event in events:
                    if isinstance(event, UnitStarted):
                        number += 1
                        reporter.reading(file, event.unit, number, total)
                    elif isinstance(event, UnitFinished) and event.cached:
                        number += 1
                    kept = _without_excluded(event, exclusions)
                    if kept is not None:
                        tally.add(file, kept)
                        reporter.event(file, kept)
    except asyncio.CancelledError:
        interrupted = True
        raise
    finally:
        reporter.finish(report())
    return report()


def tally_of(targets: Targets, base: Path) -> Tally:
    """A new one, with the files that can't be read."""
    tally = Tally()
    for skipped in targets.skipped:
        if skipped.unread:
            tally.unreadable(shown_path(skipped.path, base), skipped.reason)
    return tally


def _units(file: ReviewedFile, context: ReviewContext, tally: Tally) -> list[Unit]:
    units = plan("\n".join(file.lines) + "\n", file.language, file.spans)
    most = context.settings.review.max_units
    if len(units) > most:
        tally.leave_out(file.path, units[most:], most)
    return units[:most]


def _finder(file: ReviewedFile) -> FindDefinitions:
    """Of the file's own definitions: there is no index."""

    def find(unit: Unit, order: Sequence[DefinitionKind]) -> Awaitable[tuple[Definition, ...]]:
        return unit_definitions.find(unit, order, file.path, "\n".join(file.lines) + "\n")

    return find


def _exclusions(file: ReviewedFile, dismissed: Dismissed) -> dict[str, Callable[[Unit, Finding], bool]]:
    """The reasons not to report a finding, in words, each with its test."""

    def elsewhere(unit: Unit, finding: Finding) -> bool:
        return file.spans is not None and not concerns(file, unit, finding)

    def hidden(unit: Unit, finding: Finding) -> bool:
        return dismissed.hides(finding, unit.name, finding.lines.shifted(unit.first_line))

    return {"outside the changed lines": elsewhere, "dismissed": hidden}


def _without_excluded(event: ReviewEvent, exclusions: dict[str, Callable[[Unit, Finding], bool]]) -> ReviewEvent | None:
    """The event without the findings that are excluded, which are counted as dropped."""
    if isinstance(event, FindingFound | FindingUpdated):
        return None if any(holds(event.unit, event.finding) for holds in exclusions.values()) else event
    if not isinstance(event, UnitFinished):
        return event
    kept: list[Finding] = []
    gone: Counter[str] = Counter()
    for finding in event.findings:
        why = next((name for name, holds in exclusions.items() if holds(event.unit, finding)), None)
        if why is None:
            kept.append(finding)
        else:
            gone[why] += 1
    return replace(event, findings=tuple(kept), dropped=(*event.dropped, *gone.items())) if gone else event
