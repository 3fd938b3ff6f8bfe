"""Recognises the test runner in a command, and adds what makes it tell its results to a machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from postil.core.verify.outcome import CaseResult, Outcome
from postil.core.verify.places import places_in
from postil.core.verify.reports.jest import read_jest
from postil.core.verify.reports.junit import read_junit
from postil.core.verify.reports.text import read_cargo, read_go, read_unittest

# Of a command without tests, what is kept of its output for people and models.
TEXT_CHARS = 20_000

_GO = re.compile(r"\bgo\s+test\b(?!.*\s-json\b)")
_NODE = re.compile(r"\bnode\b[^|;&\n]*?\s--test(?=\s|$)(?!.*--test-reporter)")
# Where a program is named: first of a command, perhaps behind variables, or behind who starts it. Elsewhere the word is
# a folder, a filter or an npm script.
_STARTED = (
    r"(?:^|[;&|(]|\bnpx|\bbunx|\byarn(?:\s+run)?|\bpnpm(?:\s+exec)?|\bnpm\s+exec(?:\s+--)?)\s*(?:-\S+\s+)*(?:\w+=\S*\s+)*"
    r"(?:\./)?(?:[\w./-]*node_modules/\.bin/)?"
)
_VITEST = re.compile(_STARTED + r"(?<![\w-])vitest(?:\s+run)?(?=\s|$)(?!.*--reporter)", re.MULTILINE)
_JEST = re.compile(_STARTED + r"(?<![\w-])jest(?=\s|$)(?!.*--(?:json|outputFile)\b)", re.MULTILINE)
_UNITTEST = re.compile(r"\s-m\s+unittest(?:\s+discover)?(?=\s|$)(?!.*\s(?:-v|--verbose|-q|--quiet)\b)")


# Of a name as `core/verify/reports/text` makes it: `example.com/shop/cart.TestTotal/of_nothing`.
_GO_TEST = re.compile(r"\.((?:Test|Example|Fuzz)\w*)(?:/.*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The command as it is run, with variables to set."""

    command: str
    environment: Mapping[str, str]


def prepared(command: str, report: str, options: str = "") -> Prepared:
    """The command with what its runner needs to write its results to the file `report`. `options`: the PYTEST_ADDOPTS
    of the environment."""
    quoted = shlex.quote(report)
    command = _GO.sub(lambda match: f"{match[0]} -json -count=1", command)
    command = _NODE.sub(lambda match: f"{match[0]} --test-reporter=junit --test-reporter-destination={quoted}", command)
    command = _VITEST.sub(
        lambda match: f"{match[0]} --reporter=default --reporter=junit --outputFile={quoted}", command
    )
    command = _JEST.sub(lambda match: f"{match[0]} --json --outputFile={quoted}", command)
    command = _UNITTEST.sub(lambda match: f"{match[0]} -v", command)
    # By the environment it reaches a pytest that `make test`, tox or `uv run` starts. xunit1 names the files.
    added = f"{options} --junitxml={quoted} -o junit_family=xunit1".strip()
    return Prepared(command, {"PYTEST_ADDOPTS": added})


def go_coverage(command: str, test: str, profile: str) -> str | None:
    """The command that runs one failing test of Go's and writes what it executes to the file `profile`; None for
    another runner."""
    name = _GO_TEST.search(test)
    if name is None or not _GO.search(command):
        return None
    options = f"-count=1 -run '^{name[1]}$' -coverpkg=./... -coverprofile={shlex.quote(profile)}"
    return _GO.sub(lambda match: f"{match[0]} {options}", command)


def with_functions(options: str) -> str:
    """PYTEST_ADDOPTS, so that pytest tells which functions each test runs."""
    return f"{options} -p postil_functions".strip()


def read_outcome(exit_code: int, text: str, report: str | None, *, stopped: str = "", seconds: float = 0.0) -> Outcome:
    """What a run said, by its output and by the content of its report, if there is one. A report of a run that was
    stopped is not believed."""
    tests = None if stopped else _tests(text, report)
    if tests is not None and "\n{" in f"\n{text}":
        text = "\n".join(one.words for one in tests.values() if one.words)
    kept = text[-TEXT_CHARS:]
    return Outcome(exit_code, tests or None, kept, places_in(kept), stopped, tests == {}, seconds)


def _tests(text: str, report: str | None) -> Mapping[str, CaseResult] | None:
    if report:
        return read_jest(report) if report.startswith("{") else read_junit(report)
    for read in (read_go, read_unittest, read_cargo):
        tests = read(text)
        if tests is not None:
            return tests
    return None
