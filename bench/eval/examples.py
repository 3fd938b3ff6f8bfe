"""Dismissed notes as examples in the prompt, for the way `examples`: do they make the other notes better?

There are two folds: the prompts for one half of the files contain the false notes of the other half. The examples hide
no note themselves, because their digest fits no code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from postil.core.suppression.baseline import Baseline, Dismissal, written
from postil.service.review.baseline import baseline_file

FOLDS = 2
# As many as were measured; the default is none.
EXAMPLES = 3


def fold_of(number: int) -> int:
    """The half that the file of this number (in the order of asking) belongs to."""
    return number % FOLDS


def baselines(rows: Sequence[Mapping[str, Any]]) -> tuple[Baseline, ...]:
    """For each half what the other has taught: its false notes, the surest of each language first. `rows` are the notes
    of the way `postil`, each with `fold`, `language`, `hit`, `score` and `fix`."""
    return tuple(_baseline([row for row in rows if row["fold"] != fold]) for fold in range(FOLDS))


def _baseline(rows: Sequence[Mapping[str, Any]]) -> Baseline:
    wrong = sorted((row for row in rows if not row["hit"] and row["fix"]), key=lambda row: -row["score"])
    found: dict[str, list[Dismissal]] = {}
    for row in wrong:
        some = found.setdefault(row["language"], [])
        if len(some) < EXAMPLES:
            # The newest is told first: here the surest.
            day = f"2026-01-{EXAMPLES - len(some):02}"
            some.append(_dismissal(row, day))
    return Baseline(tuple(one for some in found.values() for one in some))


def _dismissal(row: Mapping[str, Any], day: str) -> Dismissal:
    fix = row["fix"]
    return Dismissal(
        persona="reviewer",
        path="elsewhere",
        unit="elsewhere",
        code=fix["old"],
        suggested=fix["new"],
        digest="",
        around="",
        language=row["language"],
        on=day,
    )


def put(folder: Path, baseline: Baseline) -> None:
    """A workspace that has it."""
    file = baseline_file(folder)
    file.parent.mkdir(parents=True)
    file.write_text(written(baseline), encoding="utf-8")
