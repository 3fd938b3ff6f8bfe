"""Loads the evaluation cases, runs their tests, and checks that every case is sound.

A case is a folder under `cases/`: a correct source file, the defect as a replacement of whole lines, and
(where the language can be run) tests that pass on the correct file and fail on the faulty one.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

CASES = Path(__file__).parent / "cases"
# Of each persona that looks for something else, a folder of its name.
PERSONAS = Path(__file__).parent / "personas"
EXTENSIONS = {"python": "py", "javascript": "js", "typescript": "ts", "go": "go", "rust": "rs"}
TEST_FILES = {"python": "tests.py", "javascript": "tests.mjs", "go": "subject_test.go", "rust": "tests.rs"}
TOOLS = {"javascript": "node", "go": "go", "rust": "rustc"}
KEYS = {"language", "category", "units", "split", "summary", "defect"}
TEST_SECONDS = 60
EXPECTED_LANGUAGES = {"python": 50, "javascript": 16, "typescript": 16, "go": 13, "rust": 13}
EXPECTED_UNITS = {"one": 36, "several": 72}
EXPECTED_SPLITS = {"tune": 40, "held-out": 20, "ablation": 24, "last-look": 24}
# The share of each language in the smaller part of two that were split by language.
HELD_OUT_SHARE = {("tune", "held-out"): 1 / 3, ("ablation", "last-look"): 1 / 2}
LINE_LIMITS = {"one": (10, 35), "several": (40, 160)}

Outcome = Literal["passed", "failed", "broken"]


class CaseError(ValueError):
    """A case folder that does not follow the format."""


@dataclass(frozen=True)
class Case:
    """One pair of a correct and a faulty source file, with the lines where they differ."""

    name: str
    language: str
    extension: str
    category: str
    units: str
    split: str
    summary: str
    correct: str
    faulty: str
    truth: tuple[int, ...]
    folder: Path

    @property
    def tests(self) -> Path | None:
        """The file with the tests of this case, if it has any."""
        name = TEST_FILES.get(self.language)
        path = self.folder / name if name else None
        return path if path is not None and path.is_file() else None


def load_cases(root: Path) -> list[Case]:
    """All cases below `root`, ordered by name; raises CaseError on the first one that is malformed."""
    return [_load_case(folder) for folder in sorted(root.iterdir()) if folder.is_dir()]


def run_tests(case: Case, source: str) -> bool | None:
    """Whether the tests of `case` pass on `source`; None without tests or without the tool to run them."""
    outcome = _outcome(case, source)
    return None if outcome is None else outcome == "passed"


def changed_lines(correct: str, faulty: str) -> tuple[int, ...]:
    """The 1-based lines of `faulty` that differ; where lines are only missing, both sides of the gap."""
    before, after = correct.splitlines(), faulty.splitlines()
    lines: set[int] = set()
    for tag, _, _, start, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "delete":
            lines.update({max(start, 1), min(start + 1, len(after))})
        elif tag != "equal":
            lines.update(range(start + 1, end + 1))
    return tuple(sorted(lines))


def _load_case(folder: Path) -> Case:
    name = folder.name
    try:
        data = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(f"{name}: case.toml cannot be read: {error}") from error
    require_keys(name, data, KEYS)
    defect = data["defect"]
    if not isinstance(defect, dict):
        raise CaseError(f"{name}: [defect] is not a table")
    require_keys(f"{name}: [defect]", defect, {"old", "new"})
    require_text(name, {key: value for key, value in data.items() if key != "defect"} | defect)
    for key, allowed in (("language", EXTENSIONS), ("units", EXPECTED_UNITS), ("split", EXPECTED_SPLITS)):
        if data[key] not in allowed:
            raise CaseError(f"{name}: {key} is {data[key]!r}, not one of {', '.join(allowed)}")
    extension = EXTENSIONS[data["language"]]
    try:
        correct = (folder / f"correct.{extension}").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CaseError(f"{name}: correct.{extension} cannot be read: {error}") from error
    faulty = with_defect(name, correct, defect["old"], defect["new"])
    return Case(
        name=name,
        language=data["language"],
        extension=extension,
        category=data["category"],
        units=data["units"],
        split=data["split"],
        summary=data["summary"],
        correct=correct,
        faulty=faulty,
        truth=changed_lines(correct, faulty),
        folder=folder,
    )


def require_keys(where: str, table: dict[str, Any], keys: set[str]) -> None:
    if unknown := sorted(set(table) - keys):
        raise CaseError(f"{where}: unknown keys: {', '.join(unknown)}")
    if missing := sorted(keys - set(table)):
        raise CaseError(f"{where}: missing keys: {', '.join(missing)}")


def require_text(name: str, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if not isinstance(value, str) or not value.strip():
            raise CaseError(f"{name}: {key} is not a text, or is empty")


def with_defect(name: str, correct: str, old: str, new: str) -> str:
    if not old.endswith("\n") or not new.endswith("\n"):
        raise CaseError(f"{name}: old and new must be whole lines")
    if old == new:
        raise CaseError(f"{name}: old and new are the same")
    framed = "\n" + correct
    if framed.count("\n" + old) != 1 or correct.count(old) != 1:
        raise CaseError(f"{name}: old must occur exactly once, as whole lines")
    return framed.replace("\n" + old, "\n" + new)[1:]


def _outcome(case: Case, source: str) -> Outcome | None:
    tests = case.tests
    tool = sys.executable if case.language == "python" else shutil.which(TOOLS.get(case.language, ""))
    if tests is None or not tool:
        return None
    text = tests.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="postil-case-") as temporary:
        folder = Path(temporary)
        if case.language == "rust":
            (folder / "subject.rs").write_text(f"{source}\n{text}", encoding="utf-8")
            options = ["--test", "--edition", "2021", "--cap-lints", "allow", "-o", "subject"]
            if _run([tool, *options, "subject.rs"], folder)[0] != 0:
                return "broken"
            command = [str(folder / "subject")]
        else:
            suffix = "mjs" if case.language == "javascript" else case.extension
            (folder / f"subject.{suffix}").write_text(source, encoding="utf-8")
            (folder / tests.name).write_text(text, encoding="utf-8")
            command = [tool, tests.name]
            if case.language == "go":
                (folder / "go.mod").write_text("module subject\n\ngo 1.21\n", encoding="utf-8")
                command = [tool, "test", "-vet=off", "-count=1", f"-timeout={TEST_SECONDS // 3}s", "."]
        code, output = _run(command, folder)
    if code == 0:
        return "passed"
    marks = ("[build failed]", "[setup failed]", "SyntaxError", "ModuleNotFoundError")
    return "broken" if any(mark in output for mark in marks) else "failed"


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, "timed out"
    return done.returncode, done.stdout.decode("utf-8", errors="replace")


def _problems(case: Case) -> list[str]:
    problems = []
    least, most = LINE_LIMITS[case.units]
    length = len(case.correct.splitlines())
    if not least <= length <= most:
        problems.append(f"{length} lines, expected {least} to {most}")
    if not 1 <= len(case.truth) <= 6:
        problems.append(f"{len(case.truth)} lines differ, expected 1 to 6")
    if case.tests is None:
        if case.language == "python":
            problems.append("a Python case needs tests")
        return problems
    for title, source, expected in (("correct", case.correct, "passed"), ("faulty", case.faulty, "failed")):
        outcome = _outcome(case, source)
        if outcome is None:
            problems.append(f"{case.language} is not installed, tests not run")
            break
        if outcome != expected:
            problems.append(f"the {title} file: tests {outcome}, expected {expected}")
    return problems


def _set_problems(cases: list[Case]) -> list[str]:
    problems = []
    for title, key, expected in (
        ("languages", "language", EXPECTED_LANGUAGES),
        ("units", "units", EXPECTED_UNITS),
        ("splits", "split", EXPECTED_SPLITS),
    ):
        counts = dict(Counter(getattr(case, key) for case in cases))
        if counts != expected:
            problems.append(f"{title}: {counts}, expected {expected}")
    for (larger, smaller), share in HELD_OUT_SHARE.items():
        for language in EXPECTED_LANGUAGES:
            of_both = [case.split for case in cases if case.language == language and case.split in (larger, smaller)]
            if of_both.count(smaller) != round(len(of_both) * share):
                problems.append(f"{language}: {of_both.count(smaller)} {smaller}, expected {len(of_both) * share:.1f}")
    return problems


def main() -> int:
    """Checks every case, or those named on the command line; the exit status says whether all is well."""
    try:
        cases = load_cases(CASES)
    except CaseError as error:
        print(f"FAIL {error}\n0 passed, 1 failed")
        return 1
    names = set(sys.argv[1:])
    chosen = [case for case in cases if not names or case.name in names]
    passed = failed = 0
    for title, problems in [(case.name, _problems(case)) for case in chosen]:
        passed, failed = (passed, failed + 1) if problems else (passed + 1, failed)
        for problem in problems:
            print(f"FAIL {title}: {problem}")
    if not names:
        problems = _set_problems(cases)
        passed, failed = (passed, failed + 1) if problems else (passed + 1, failed)
        for problem in problems:
            print(f"FAIL the whole set: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
