"""`postil review --baseline` and `--write-baseline`: the file, what it hides, and what is written to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from postil.cli.report.report import Report
from postil.cli.review.run import ReviewBaseline
from postil.cli.user_personas import workspace_here
from postil.core.suppression.baseline import Baseline, Dismissal, Surroundings, dismissal
from postil.service.review.baseline import FOLDER, BaselineTrouble, add, baseline_file, load
from postil.service.review.targets import ReviewedFile


def file_of(option: str | None, root: Path) -> Path:
    """The file that the option names; without one the nearest upwards, else the workspace's, which may not exist."""
    if option:
        return root / option
    found = next((file for at in (root, *root.parents) if (file := baseline_file(at)).is_file()), None)
    return found or baseline_file(workspace_here(root))


def known_at(file: Path, base: Path, *, use: bool, write: bool) -> ReviewBaseline:
    """The baseline for a review at `base`. Raises BaselineTrouble when the file is to be used and doesn't exist or
    can't be read."""
    root = file.parent.parent if file.parent.name == FOLDER else file.parent
    if not use and not write:
        return ReviewBaseline(base, root)
    if use and not write and not file.exists():
        raise BaselineTrouble(f"--baseline: there is no {file}. `postil review --write-baseline` makes one.")
    baseline, wrong = load(file)
    if wrong is not None:
        raise BaselineTrouble(f"--baseline: {wrong}")
    return ReviewBaseline(base, root, baseline)


def dismiss_all(file: Path, known: ReviewBaseline, report: Report, files: Iterable[ReviewedFile]) -> Baseline:
    """Adds all findings of a run to the file. Raises BaselineTrouble."""
    by_path = {one.path: one for one in files}
    today = date.today().isoformat()
    found: list[Dismissal] = []
    for placed in report.findings:
        one = by_path[placed.path]
        where = Surroundings(known.path(one), one.language, placed.unit_name, one.lines, placed.lines)
        found.append(dismissal(placed.finding, where, on=today))
    return add(file, found)
