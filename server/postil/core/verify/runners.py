"""Recognises the test runner in a command, and adds what makes it tell its results to a machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from postil.core.verify.junit import read_junit
from postil.core.verify.outcome import CaseResult, Outcome
from postil.core.verify.places import places_in
from postil.core.verify.text_reports import read_cargo, read_go, read_unittest

# Of a command without tests, what is kept of its output for people and models.
TEXT_CHARS = 20_000

_GO = re.compile(r"\bgo\s+test\b(?!.*\s-json\b)")
_NODE = re.compile(r"\bnode\b[^|;&\n]*?\s--test(?=\s|$)(?!.*--test-reporter)")
_VITEST = re.compile(r"\bvitest(?:\s+run)?(?=\s|$)(?!.*--reporter)")
_UNITTEST = re.compile(r"\s-m\s+unittest(?:\s+discover)?(?=\s|$)(?!.*\s(?:-v|--verbose|-q|--quiet)\b)")


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
    command = _UNITTEST.sub(lambda match: f"{match[0]} -v", command)
    # By the environment it reaches a pytest that `make test`, tox or `uv run` starts. xunit1 names the files.
    added = f"{options} --junitxml={quoted} -o junit_family=xunit1".strip()
    return Prepared(command, {"PYTEST_ADDOPTS": added})


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
        return read_junit(report)
    for read in (read_go, read_unittest, read_cargo):
        tests = read(text)
        if tests is not None:
            return tests
    return None
