"""Runs `postil fix` on a case, and finds out by itself what its result is worth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bench.fix.cases import FixCase
from bench.fix.workspace import Workspace, workspace
from bench.told import program

# What `postil fix` may take beyond its --seconds: a model that loads, a last run of the check.
_MORE_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of the prompts, and of what the model wrote."""

    prompt: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """`ending`: as `postil fix` told it, or `error`. `verified`: it told of a fix. `passes`: the check passes in a
    fresh copy with this fix, and `more`: so do the tests that it didn't see (None: there is no fix, or there are no
    such tests). `number`: answers up to the one that held, of all tests that were looked at.
    `first`: it was the likeliest one. `answers`: of the model, in all; `checked`: candidates."""

    name: str
    kind: str
    language: str
    ending: str
    verified: bool = False
    passes: bool | None = None
    more: bool | None = None
    number: int = 0
    first: bool = False
    answers: int = 0
    checked: int = 0
    seconds: float = 0.0
    check_seconds: float = 0.0
    tokens: Tokens = Tokens()
    words: str = ""
    report: dict[str, Any] | None = None

    @property
    def mended(self) -> bool:
        return self.verified and self.passes is True and self.more is not False

    @property
    def overfit(self) -> bool:
        return self.verified and self.passes is True and self.more is False

    @property
    def greedy(self) -> bool:
        """Whether the first answer, told the failure, mends it by itself."""
        return self.first and self.mended


@dataclass(frozen=True, slots=True)
class How:
    """With what `postil fix` is run. `seconds`: for a case; `threads`: of the embedded engine, None for its default;
    `definitions`: characters of what a suspect uses that it is told, None for what its profile says."""

    model: str
    engine: str
    samples: int
    seconds: float
    threads: int | None = None
    definitions: int | None = None


def trial(case: FixCase, how: How) -> Trial:
    """`postil fix` as a user runs it, and its patch in a fresh copy."""
    began = time.monotonic()
    report = reported(case, case.faulty, how)
    took = time.monotonic() - began
    if isinstance(report, str):
        return Trial(case.name, case.kind, case.language, "error", seconds=took, words=report)
    number, first = answers_spent(report["answers"])
    passes, more = _applied(case, report["diff"]) if report["fixes"] else (None, None)
    return Trial(
        case.name,
        case.kind,
        case.language,
        report["ending"],
        bool(report["fixes"]),
        passes,
        more,
        number,
        first,
        report["cost"]["answers"],
        report["cost"]["candidates"],
        took,
        report["cost"]["check_seconds"],
        Tokens(report["cost"]["prompt_tokens"], report["cost"]["output_tokens"]),
        report["words"],
        report,
    )


def reported(case: FixCase, text: str, how: How) -> dict[str, Any] | str:
    """The report of `postil fix` where the case's file has this text; what went wrong if there is none."""
    with workspace(case, text) as at:
        done = _postil(at, how)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return done.stderr[-2000:]
    return report


def answers_spent(answers: list[dict[str, Any]]) -> tuple[int, bool]:
    """How many answers there were until the last one that held (0: none did), and whether it was the first of all. When
    several tests fail, those for tests that were given up count, too."""
    spent: dict[str | None, int] = {}
    held: dict[str | None, int] = {}
    for one in answers:
        test, number = one["test"], one["number"]
        spent[test] = max(number, spent.get(test, 0))
        if one["holds"]:
            held[test] = min(number, held.get(test, number))
    if not held:
        return 0, False
    tests = list(spent)
    last = max(tests.index(test) for test in held)
    number = sum(held.get(test, spent[test]) for test in tests[: last + 1])
    return number, number == 1


def judged(case: FixCase, text: str) -> tuple[bool, bool | None]:
    """Whether the check passes with this text of the faulty file, and whether the tests do that a fix doesn't see."""
    with workspace(case, text) as at:
        return at.check()[0], at.passes_more()


def _applied(case: FixCase, difference: str) -> tuple[bool, bool | None]:
    with workspace(case, case.faulty) as at:
        command = ["git", "apply", "--whitespace=nowarn"]
        applied = subprocess.run(command, input=difference.encode(), cwd=at.root, check=False, capture_output=True)
        return (at.check()[0], at.passes_more()) if applied.returncode == 0 else (False, None)


def _postil(at: Workspace, how: How) -> subprocess.CompletedProcess[str]:
    command = [*program(how.definitions), "fix", "--check", at.case.check, "--format", "json"]
    command += ["--model", how.model, "--engine", how.engine]
    command += ["--samples", str(how.samples), "--seconds", str(how.seconds)]
    # The user's own settings would change what is measured.
    environment = {**os.environ, **at.environment, "XDG_CONFIG_HOME": str(at.temporary)}
    if how.threads is not None:
        settings = at.temporary / "postil" / "postil.toml"
        settings.parent.mkdir()
        settings.write_text(f"[embedded]\nthreads = {how.threads}\n", encoding="utf-8")
    with subprocess.Popen(
        command,
        cwd=at.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, told = process.communicate(timeout=how.seconds + _MORE_SECONDS)
        except subprocess.TimeoutExpired:
            said, told = "", "it didn't end"
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode or 0, said, told)
