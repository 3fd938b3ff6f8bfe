"""The cases of fixes are sound, and what is counted of them is right. Those that need a compiler or Node:
`python -m bench.fix --verify`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench.eval.cases import CaseError
from bench.fix.__main__ import problems_of
from bench.fix.baseline import faulty_unit
from bench.fix.cases import PROGRAMS, REPOSITORIES, FixCase, all_cases, cases_of
from bench.fix.drawing import curves
from bench.fix.figures import Totals, by_answers, totals
from bench.fix.trial import Tokens, Trial, answers_spent, judged

CASES = {f"{case.kind}/{case.name}": case for case in all_cases()}
# One process for each program: a pytest for each of them would take a minute.
RUN = """
import json, signal, sys
given = json.load(sys.stdin)
scope = {}
def late(*_):
    raise TimeoutError
signal.signal(signal.SIGALRM, late)
wrong = {"choose": 0, "count": 0}
for half, tests in given["tests"].items():
    for arguments, expected in tests:
        signal.alarm(2)
        try:
            exec(given["code"], scope)
            found = scope[given["function"]](*arguments)
            wrong[half] += found != expected or type(found) is not type(expected)
        except Exception:
            wrong[half] += 1
        signal.alarm(0)
print(json.dumps(wrong))
"""


@pytest.fixture(autouse=True)
def _plain_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases' pytest starts without the plugins of this project's environment: three times as quick."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def failing(folder: Path, function: str, code: str) -> dict[str, int]:
    """How many tests of each half fail."""
    given = {"code": code, "function": function, "tests": json.loads((folder / "tests.json").read_text("utf-8"))}
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(given), text=True, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", cases_of(PROGRAMS), ids=lambda case: case.name)
def test_a_program_passes_its_tests_and_the_faulty_one_fails_both_halves(case: FixCase) -> None:
    folder = PROGRAMS / case.name
    (function,) = {
        line.split(" import ")[1] for line in case.files[f"test_{case.name}.py"].split("\n") if " import " in line
    }
    assert failing(folder, function, case.right) == {"choose": 0, "count": 0}
    assert all(failing(folder, function, case.faulty).values())


@pytest.mark.parametrize(
    "case", [case for case in cases_of(REPOSITORIES) if case.language == "python"], ids=lambda case: case.name
)
def test_a_repository_passes_its_tests_and_the_faulty_one_fails(case: FixCase) -> None:
    assert problems_of(case) == []


def test_a_case_without_its_defect_is_found_out() -> None:
    """The control of the test above."""
    case = CASES["repositories/py_router"]
    assert problems_of(replace(case, faulty=case.right)) == ["the faulty file passes the tests that a fix sees"]
    assert len(problems_of(replace(case, right=case.faulty))) == 2


def test_a_fix_of_the_visible_half_only_is_overfit() -> None:
    case = CASES["programs/gray_code"]
    cheat = "def gray_code(bits):\n    return [[0], [0, 1], [0, 1, 3, 2]][bits]\n"
    assert judged(case, cheat) == (True, False)
    assert judged(case, case.right) == (True, True)


def test_there_are_as_many_as_we_say() -> None:
    kinds = [case.kind for case in CASES.values()]
    assert kinds.count("programs") >= 20 and kinds.count("repositories") >= 12
    assert {case.language for case in CASES.values()} >= {"python", "go", "javascript", "rust"}
    special = [case for case in CASES.values() if case.editable or case.flaky or case.folder != "."]
    assert {case.name for case in special} == {"py_shifts_editable", "py_flaky_queue", "py_monorepo"}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_defect_is_in_a_unit(case: FixCase) -> None:
    unit = faulty_unit(case)
    assert unit.kind in ("function", "method", "class", "module")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"case.toml": "language = "}, "cannot be read"),
        ({"case.toml": 'language = "python"\n'}, r"no \[defect\]"),
        ({"case.toml": 'language = "python"\nsumary = ""\n[defect]\n'}, "unknown keys: sumary"),
        ({"tests.json": "{}"}, "missing keys: choose, count"),
        ({"correct.py": "other"}, "exactly once"),
    ],
)
def test_a_malformed_case_is_refused(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    for name in ("case.toml", "correct.py", "tests.json"):
        path = tmp_path / "one" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(changes.get(name, (PROGRAMS / "luhn" / name).read_text("utf-8")), "utf-8")
    with pytest.raises(CaseError, match=words):
        cases_of(tmp_path)


def test_the_figures() -> None:
    one = Trial("a", "programs", "python", "fixed", True, True, True, 1, True, 2, 3, 10.0, 1.0, Tokens(100, 20))
    trials = [
        one,
        replace(one, name="b", number=3, first=False, answers=4, checked=3, seconds=30.0),
        replace(one, name="c", more=False),
        replace(one, name="d", passes=False, more=None),
        Trial("e", "programs", "python", "unfixed", answers=8, seconds=50.0),
    ]
    found = totals(trials, {"a": True, "b": True, "e": True, "other": True}, 8)
    assert found == Totals(5, 2, 1, 1, 3, 1, 10.0, 3.6, 2.4, 96.0)
    assert (found.greedy, found.ratio) == (3, 2 / 3)
    assert by_answers(trials, 4) == [1, 1, 2, 2]
    assert totals([one], {}, 8).ratio == 1.0 and totals(trials[4:], {}, 8).ratio is None
    assert totals(trials, {}, 2).mended == 1, "the third answer was too late"


def test_the_answers_for_tests_that_were_given_up_count() -> None:
    def told(*answers: tuple[str, int, bool]) -> list[dict[str, Any]]:
        return [{"test": test, "number": number, "holds": holds} for test, number, holds in answers]

    assert answers_spent(told(("a", 1, True))) == (1, True)
    assert answers_spent(told(("a", 3, True), ("a", 2, True))) == (2, False)
    assert answers_spent(told(("a", 1, False), ("a", 8, False), ("b", 1, True))) == (9, False)
    assert answers_spent(told(("a", 2, True), ("b", 4, True), ("c", 8, False))) == (6, False)
    assert answers_spent(told(("a", 8, False))) == (0, False)


def test_the_drawing_has_a_line_for_each_kind() -> None:
    drawn = curves({"a": [0.1, 0.5], "b<": [0.2, 0.3]}, {"a": 0.1}, "title")
    assert drawn.count("<polyline") == 2 and drawn.count("stroke-dasharray") == 1 and "b&lt;" in drawn
