"""`postil calibrate`: from which score on a model's opinions about this repository are worth showing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from postil.cli.pull import show_steps
from postil.cli.review.engine import open_contexts
from postil.cli.running import any_text_to_stdout, exit_code
from postil.cli.user_personas import reviewers
from postil.cli.user_settings import checked_settings
from postil.core.text.plain import one_line
from postil.service.calibrate.calibrating import Calibrating
from postil.service.calibrate.measure import Budget, UnitUnread
from postil.service.calibrate.report import report
from postil.service.models.stores import WrongUsage
from postil.service.workspace.files import repository_root


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """The command's options."""

    model: str | None
    persona: str
    minutes: float
    fixes: int
    lines: int
    noise: float
    fresh: bool
    pull: bool


def calibrate(
    model: Annotated[str | None, typer.Argument(help="The model. Default: the one that reviews.")] = None,
    persona: Annotated[str, typer.Option("--persona", "-p", help="The persona that reads.")] = "reviewer",
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="Stop asking the model after so long.")] = 60.0,
    fixes: Annotated[int, typer.Option("--fixes", min=1, help="Past fixes to read, each before and after.")] = 60,
    lines: Annotated[int, typer.Option("--lines", min=1, help="Lines of code that nobody touched for long.")] = 3000,
    noise: Annotated[
        float, typer.Option("--noise", min=0.0, help="Notes that are allowed on 1,000 lines of such code.")
    ] = 1.0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget earlier readings, and begin anew.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Fetch the model first when it isn't here.")] = False,
) -> None:
    """Measure a model's opinions on this repository's own history, and use what was found from then on.

    It lets the model read functions that were mended later, as they were before and after, and functions that nobody
    touched for long. One half of them chooses the method and the least threshold, the other tells what that is worth.
    Interrupted or out of time it keeps what was read; the next run goes on there.

    Exit codes: 0 calibrated; 1 calibrated, but the opinions are worth nothing, or there are too few fixes;
    2 wrong usage or settings; 3 engine or model unavailable; 130 interrupted.
    """
    options = CalibrateOptions(model, persona, minutes, fixes, lines, noise, fresh, pull)
    raise typer.Exit(main(options, Path.cwd()))


def main(options: CalibrateOptions, root: Path) -> int:
    """Calibrates, prints the report, and returns the exit code."""
    return exit_code(
        lambda: _calibrate(options, root),
        "interrupted: what was read is kept, the next run goes on there",
        engine=(UnitUnread,),
    )


async def _calibrate(options: CalibrateOptions, root: Path) -> int:
    top = repository_root(root)
    if top is None:
        raise WrongUsage(f"{root} is not in a git repository, whose past fixes a calibration is made of")
    flags = {"model.review": options.model, "review.personas": (options.persona,)}
    settings = checked_settings(root, flags).settings
    personas = await reviewers(settings, root)
    opened = await open_contexts(settings, personas, pull=options.pull)
    try:
        budget = Budget(options.fixes, options.lines, options.minutes * 60)
        calibrating = Calibrating(opened.contexts[0], top, budget, options.noise, options.fresh)
        await show_steps(calibrating.steps())
    finally:
        await opened.aclose()
    any_text_to_stdout()
    for line in report(calibrating):
        typer.echo(one_line(line))
    return 1 if calibrating.result is None or calibrating.result.why_not else 0
