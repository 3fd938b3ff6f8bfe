"""`postil review --baseline` and `--write-baseline`: which file, what it hides, and what is written into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from postil.cli.report.report import Report, ReviewedFile
from postil.cli.review.run import ReviewBaseline
from postil.cli.user_personas import workspace_here
from postil.core.suppression.baseline import Baseline, Dismissal, Surroundings, dismissal
from postil.service.review.baseline import FOLDER, BaselineTrouble, add, baseline_file, load


def expand_baseline(arguments: Sequence[str]) -> list[str]:
    """`--baseline` without a file as `--baseline=`. What follows is its file only when it ends in `.json`: a path to
    review stays one."""
    out: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            return [*out, argument, *rest]
        if argument == "--baseline":
            file = rest.pop(0) if rest and rest[0].endswith(".json") and not rest[0].startswith("-") else ""
            argument = f"--baseline={file}"
        out.append(argument)
    return out


def file_of(given: str | None, root: Path) -> Path:
    """The file of an option's value; without one the nearest upwards, or where the workspace would have it."""
    if given:
        return root / given
    found = next((file for at in (root, *root.parents) if (file := baseline_file(at)).is_file()), None)
    return found or baseline_file(workspace_here(root))


def known_at(file: Path, base: Path, *, use: bool, write: bool) -> ReviewBaseline:
    """What the file dismisses of a review at `base`. Raises BaselineTrouble when the file is asked for and isn't
    there, or can't be read."""
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
    """Write all that a run has found into the file, beside what it holds. Raises BaselineTrouble."""
    by_path = {one.path: one for one in files}
    today = date.today().isoformat()
    found: list[Dismissal] = []
    for placed in report.findings:
        one = by_path[placed.path]
        where = Surroundings(known.path(one), one.language, placed.unit_name, one.lines, placed.lines)
        found.append(dismissal(placed.finding, where, on=today))
    return add(file, found)
