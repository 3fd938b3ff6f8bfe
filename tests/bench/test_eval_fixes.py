"""What the evaluation says of the fixes that are offered."""

from __future__ import annotations

from typing import Any

import pytest
from bench.eval.__main__ import fate_of
from bench.eval.cases import CASES, Case, load_cases, run_tests
from bench.eval.figures import Fate, Fixes, Note, fixes


@pytest.fixture(scope="module")
def case() -> Case:
    """One whose tests run here: Python's."""
    return next(case for case in load_cases(CASES) if case.language == "python" and run_tests(case, case.correct))


def fix(old: str, new: str, first: int = 0) -> dict[str, Any]:
    return {"first": first, "last": first + len(old.split("\n")), "old": old, "new": new}


def test_the_defects_own_fix_passes_and_another_does_not(case: Case) -> None:
    faulty, correct = case.faulty.rstrip("\n"), case.correct.rstrip("\n")
    assert fate_of(fix(faulty, correct), "python", case.faulty, case) == Fate(True, True, True)
    assert fate_of(fix(faulty, f"{faulty}\n# The same."), "python", case.faulty, case) == Fate(True, True, False)
    assert fate_of(fix(correct, f"{correct}\n# The same."), "python", case.correct, case) == Fate(True, True, True)


def test_what_does_not_apply_or_breaks_the_file_is_not_run(case: Case) -> None:
    line = case.faulty.split("\n")[0]
    assert fate_of(fix("no such line", "x"), "python", case.faulty, case) == Fate(False)
    assert fate_of(fix(line, line + " ("), "python", case.faulty, case) == Fate(True, False)
    assert fate_of(fix(line, f"{line}\n# x"), "python", case.faulty, None) == Fate(True, True, None)


def test_only_notes_with_a_fix_count() -> None:
    fates = [Fate(True, True, True), Fate(True, True, None), Fate(True), Fate(False), None]
    assert fixes([Note(1, 1, 0.9, fate) for fate in fates]) == Fixes(4, 3, 2, 1, 1)
