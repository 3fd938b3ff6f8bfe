"""The way `tests`: the project's tests are there, and what is shown is what they have proved.

On each file `postil fix` runs as a check after a save does. A verified fix is the note, on the lines that it changes.
"""

from __future__ import annotations

import re
from typing import Any

from bench.eval.cases import Case
from bench.fix.cases import of_review
from bench.fix.trial import How, reported

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")


def notes(case: Case, text: str, how: How) -> list[dict[str, Any]] | None:
    """1-based lines of the notes. None without tests. RuntimeError if there is no report."""
    of_case = of_review(case)
    if of_case is None:
        return None
    behind = of_case.faulty.removeprefix(case.faulty)
    report = reported(of_case, text + behind, how)
    if isinstance(report, str):
        raise RuntimeError(f"{case.name}: {report}")
    if not report["fixes"]:
        return []
    return [{"first": first, "last": last, "score": 1.0, "fix": None} for first, last in changed(report["diff"])]


def changed(difference: str) -> list[tuple[int, int]]:
    """The runs of lines that a unified difference takes away, or between which it adds some; 1-based, both
    inclusive."""
    found: list[tuple[int, int]] = []
    row = 0
    for line in difference.split("\n"):
        if (mark := _HUNK.match(line)) is not None:
            row = int(mark[1])
        elif not row or line.startswith(("---", "+++")):
            continue
        elif line.startswith("-"):
            _add(found, row, row)
            row += 1
        elif line.startswith("+"):
            _add(found, max(row - 1, 1), max(row - 1, 1))
        else:
            row += 1
    return found


def _add(found: list[tuple[int, int]], first: int, last: int) -> None:
    if found and found[-1][1] >= first - 1:
        found[-1] = (found[-1][0], max(found[-1][1], last))
    else:
        found.append((first, last))
