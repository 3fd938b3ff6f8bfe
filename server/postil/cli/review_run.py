"""The files under review, one after the other, told to a reporter and counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from postil.cli.report import Report, Reporter, ReviewedFile, Tally
from postil.cli.review_targets import Targets, concerns
from postil.core.persona import Persona
from postil.core.units import Unit
from postil.service.events import (
    FindingFound,
    FindingUpdated,
    ReviewEvent,
    UnitFinished,
    UnitStarted,
)
from postil.service.fallback import Fallback, review_falling_back
from postil.service.review import ReviewContext, plan


async def run_review(
    contexts: Sequence[ReviewContext],
    targets: Targets,
    reporter: Reporter,
    engine_name: str,
    wanted: Callable[[Persona, ReviewedFile], bool],
) -> Report:
    """Reviews every file with every context (one for each persona) whose persona reads it, and tells the reporter.

    The reporter is finished in every case: after Ctrl-C (CancelledError) and after an EngineError it has told
    what was found until then, and the error goes on to the caller.
    """
    tally = Tally()
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
            async with aclosing(review_falling_back(context, file.path, units, fallback, tally.note)) as events:
                async for event in events:
                    if isinstance(event, UnitStarted):
                        number += 1
                        reporter.reading(file, event.unit, number, total)
                    elif isinstance(event, UnitFinished) and event.cached:
                        number += 1
                    told = _changed_only(file, event)
                    if told is not None:
                        tally.add(file, told)
                        reporter.event(file, told)
    except asyncio.CancelledError:
        interrupted = True
        raise
    finally:
        reporter.finish(report())
    return report()


def _units(file: ReviewedFile, context: ReviewContext, tally: Tally) -> list[Unit]:
    units = plan("\n".join(file.lines) + "\n", file.language, file.spans)
    most = context.settings.review.max_units
    if len(units) > most:
        tally.note(f"{file.path}: only the first {most} of {len(units)} units were read (review.max_units)")
    return units[:most]


def _changed_only(file: ReviewedFile, event: ReviewEvent) -> ReviewEvent | None:
    """The event without findings on lines that didn't change, which are counted as dropped."""
    if file.spans is None:
        return event
    if isinstance(event, FindingFound | FindingUpdated):
        return event if concerns(file, event.unit, event.finding) else None
    if isinstance(event, UnitFinished):
        kept = tuple(finding for finding in event.findings if concerns(file, event.unit, finding))
        gone = len(event.findings) - len(kept)
        if gone:
            return replace(event, findings=kept, dropped=(*event.dropped, ("outside the changed lines", gone)))
    return event
