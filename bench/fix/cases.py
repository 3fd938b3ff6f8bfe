"""Loads the cases of three kinds: those of the reviews that have tests, programs, and small repositories."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.eval.cases import CASES as REVIEWS
from bench.eval.cases import Case, CaseError, changed_lines, load_cases, require_keys, require_text, with_defect

HERE = Path(__file__).parent
PROGRAMS, REPOSITORIES = HERE / "programs", HERE / "repositories"

_KEYS = {"language", "category", "summary"}
_OF_PROGRAMS, _OF_REPOSITORIES = {"function", "returns"}, {"check", "folder", "editable", "flaky"}
# Without it a loop that doesn't end would be the whole check's end, and no test's.
_LIMIT = '''\
"""Ends a test that takes too long."""

import signal

import pytest


@pytest.fixture(autouse=True)
def limit():
    def late(*_):
        raise TimeoutError("the test took longer than 2 s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(2)
    yield
    signal.alarm(0)
'''
_CARGO = '[package]\nname = "subject"\nversion = "0.1.0"\nedition = "2021"\n'
# The tools that a case's check needs, by language.
_TOOLS = {"javascript": "node", "typescript": "node", "go": "go", "rust": "cargo"}


@dataclass(frozen=True, slots=True)
class FixCase:
    """A workspace with one defect. `file`: where it is; `right` and `faulty`: that file's texts. `files`: all others,
    by path. `check`: the command, run in `folder`. `counting`: further tests, which a fix doesn't see; none where a
    half of the tests can't be told from the other. `editable`: folders of an editable installation. `flaky`: a test
    of it doesn't end alike twice."""

    name: str
    kind: str
    language: str
    file: str
    right: str
    faulty: str
    files: Mapping[str, str]
    check: str
    folder: str = "."
    counting: Mapping[str, str] = field(default_factory=dict[str, str])
    editable: tuple[str, ...] = ()
    flaky: bool = False

    @property
    def truth(self) -> tuple[int, ...]:
        """The 1-based faulty lines."""
        return changed_lines(self.right, self.faulty)

    @property
    def runnable(self) -> bool:
        """Whether what the check needs is on this machine."""
        return shutil.which(_TOOLS.get(self.language, "git")) is not None


def all_cases() -> list[FixCase]:
    """Raises CaseError on the first one that is malformed."""
    return [*_reviews(), *cases_of(PROGRAMS), *cases_of(REPOSITORIES)]


def cases_of(root: Path) -> list[FixCase]:
    """The programs and repositories below `root`, ordered by name."""
    return [_load(folder, root.name) for folder in sorted(root.iterdir()) if (folder / "case.toml").is_file()]


def _reviews() -> list[FixCase]:
    """The first 60 cases of the reviews, where they have tests. The later ones are for the reviews' last look."""
    cases = [case for case in load_cases(REVIEWS) if case.split in ("tune", "held-out")]
    return [found for case in cases if (found := of_review(case)) is not None]


def of_review(case: Case) -> FixCase | None:
    """A case of the reviews, None without tests. These are one script, so no half of them can be left out."""
    if case.tests is None:
        return None
    tests, right, faulty = case.tests.read_text(encoding="utf-8"), case.correct, case.faulty
    file, files = f"subject.{case.extension}", {case.tests.name: tests}
    match case.language:
        case "javascript":
            file, check = "subject.mjs", "node tests.mjs"
        case "go":
            check = "go test -vet=off -timeout 20s ."
            files["go.mod"] = "module subject\n\ngo 1.21\n"
        case "rust":
            file, check, files = "src/lib.rs", "cargo test --offline --lib -q", {"Cargo.toml": _CARGO}
            right, faulty = f"{right}\n{tests}", f"{faulty}\n{tests}"
        case _:
            check = "python tests.py"
    return FixCase(case.name, "reviews", case.language, file, right, faulty, files, check)


def _load(folder: Path, kind: str) -> FixCase:
    name = folder.name
    try:
        data = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    except ValueError as error:
        raise CaseError(f"{name}: case.toml cannot be read: {error}") from error
    defect = data.pop("defect", None)
    if not isinstance(defect, dict):
        raise CaseError(f"{name}: there is no [defect]")
    program = not (folder / "tree").is_dir()
    optional = (_OF_PROGRAMS if program else _OF_REPOSITORIES) & set(data)
    require_keys(name, data, _KEYS | optional | ({"function"} if program else {"check"}))
    require_keys(f"{name}: [defect]", defect, {"old", "new"} | (set() if program else {"file"}))
    require_text(name, defect | {key: data[key] for key in _KEYS})
    return _program(folder, kind, data, defect) if program else _repository(folder, kind, data, defect)


def _program(folder: Path, kind: str, data: Mapping[str, Any], defect: Mapping[str, str]) -> FixCase:
    name = folder.name
    right = (folder / "correct.py").read_text(encoding="utf-8")
    tests = json.loads((folder / "tests.json").read_text(encoding="utf-8"))
    require_keys(f"{name}: tests.json", tests, {"choose", "count"})
    choose, count = (_tests(name, data, tests[half]) for half in ("choose", "count"))
    return FixCase(
        name,
        kind,
        data["language"],
        f"{name}.py",
        right,
        with_defect(name, right, defect["old"], defect["new"]),
        {f"test_{name}.py": choose, "conftest.py": _LIMIT},
        "python -m pytest -q",
        counting={f"test_{name}_more.py": count},
    )


def _tests(module: str, data: Mapping[str, Any], tests: list[Any]) -> str:
    """A file of tests: a call with its arguments and what it returns each. `returns`: what makes a list of it."""
    function, wrap = data["function"], data.get("returns", "")
    lines = [f'"""Tests of {module}."""\n', f"from {module} import {function}\n"]
    for number, (arguments, expected) in enumerate(tests, 1):
        call = f"{function}({', '.join(map(repr, arguments))})"
        call = f"{wrap}({call})" if wrap else call
        same = f"is {expected!r}" if expected is None or isinstance(expected, bool) else f"== {expected!r}"
        lines += [f"\ndef test_{number}():\n    assert {call} {same}\n"]
    return "\n".join(lines)


def _repository(folder: Path, kind: str, data: Mapping[str, Any], defect: Mapping[str, str]) -> FixCase:
    files, file = _texts(folder / "tree"), defect["file"]
    if file not in files:
        raise CaseError(f"{folder.name}: there is no tree/{file}")
    right = files.pop(file)
    return FixCase(
        folder.name,
        kind,
        data["language"],
        file,
        right,
        with_defect(folder.name, right, defect["old"], defect["new"]),
        files,
        data["check"],
        data.get("folder", "."),
        _texts(folder / "hidden"),
        tuple(data.get("editable", ())),
        data.get("flaky", False),
    )


def _texts(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
