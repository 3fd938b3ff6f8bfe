"""A calibration on a repository's history, with the scripted engine: what it reads, keeps and uses."""

from __future__ import annotations

import os
import subprocess
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.service.reviewing import MODEL, Reviewing, calibration

from postil.engine.base import ModelInfo
from postil.engine.scripted import Chunk, Rule
from postil.service.calibrate.calibrating import Calibrating
from postil.service.calibrate.history import past_fixes, quiet_functions
from postil.service.calibrate.measure import Budget, UnitUnread
from postil.service.calibrate.report import report
from postil.service.calibrate.store import calibrated, readings
from postil.service.workspace.head import head_text

PLENTY = Budget(fixes=50, lines=1000, seconds=600)
DAY = 24 * 3600


def function(name: str, sign: str = "+") -> str:
    lines = [f"def {name}(first, second):", *(f"    print({number})" for number in range(4))]
    return "\n".join([*lines, f"    total = first {sign} second", "    return total"]) + "\n\n\n"


class Repository:
    """A git repository whose commits are a day apart."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.days = 0
        root.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> None:
        when = f"{1_700_000_000 + self.days * DAY} +0000"
        environment = {
            **os.environ,
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_DATE": when,
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *arguments], cwd=self.root, env=environment, check=True, capture_output=True)

    def commit(self, message: str, **files: str) -> None:
        self.days += 1
        for name, text in files.items():
            (self.root / f"{name}.py").write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Eleven files with a function each; ten are wrong at first and fixed one by one."""
    made = Repository(tmp_path / "repository")
    made.commit("Begin", calm=function("calm"), **{f"m{n}": function(f"f{n}", "-") for n in range(10)})
    for number in range(10):
        made.commit(f"Fix the sum of f{number}", **{f"m{number}": function(f"f{number}")})
    return made


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def finding(tmp_path: Path, **review: Any) -> Reviewing:
    """A model that mends each wrong function, and finds nothing in a list."""
    listed = Rule('"quote"', chunks=(Chunk('{"findings": []}'),))
    return Reviewing(
        tmp_path, listed, Rule("first - second", echo=True, replace=(("first - ", "first + "),)), review=review
    )


async def ended(calibrating: Calibrating) -> Calibrating:
    async with aclosing(calibrating.steps()) as steps:
        async for _ in steps:
            pass
    return calibrating


async def test_the_history_tells_fixes_and_quiet_functions(repository: Repository) -> None:
    repository.commit("Add words", m0=function("f0").replace("total", "sum"))
    repository.commit("Fix a typo", m1=function("f1").replace("total", "sum"))
    fixes = [piece async for piece in past_fixes(repository.root)]
    assert [piece.before.name for piece in fixes if piece.before] == [f"f{number}" for number in reversed(range(10))]
    assert {piece.wrong for piece in fixes} == {(5,)}
    assert all("first - second" in piece.before.text for piece in fixes if piece.before)
    # Half of the repository's age is six days.
    assert {piece.after.name for piece in [one async for one in quiet_functions(repository.root)]} == {
        "calm", "f2", "f3", "f4",
    }  # fmt: skip


async def test_outside_a_repository_there_is_nothing(tmp_path: Path) -> None:
    assert [piece async for piece in past_fixes(tmp_path)] == []
    assert [piece async for piece in quiet_functions(tmp_path)] == []


@pytest.mark.slow
async def test_what_may_not_be_sent_is_not_read(repository: Repository) -> None:
    (repository.root / ".postilignore").write_text("m*.py\n", encoding="utf-8")
    assert [piece async for piece in past_fixes(repository.root)] == []


async def test_a_calibration_reads_both_versions_and_is_used_from_then_on(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postil.core.calibrate.choose.LEAST_FIXES", 2)
    reviewing = finding(tmp_path)
    done = await ended(Calibrating(reviewing.context, repository.root, PLENTY))
    assert done.result is not None and done.kept is not None and done.choice is not None
    assert (done.result.holds, done.result.method, done.result.held.j) == (True, "edit", 1.0)
    assert done.kept.picture.read_text(encoding="utf-8").startswith("<svg")
    assert done.kept.picture.stat().st_mode & 0o077 == 0
    assert done.choice.chose.fixes + done.choice.held.fixes == 10
    lines = report(done)
    assert any("shown as information" in line for line in lines)
    least, most = done.result.held.noise_interval
    assert any(f" [{least:.1f}, {most:.1f}] notes on 1,000 of " in line for line in lines)
    # The editor and the terminal find it by the same model and persona.
    context = await calibrated(reviewing.context, repository.root / "somewhere")
    assert context.calibration == done.result
    assert (await calibrated(reviewing.context, tmp_path)).calibration is None
    assert (await calibrated(reviewing.context, None)).calibration is None
    other = replace(reviewing.context, persona=replace(reviewing.context.persona, system="Another."))
    assert (await calibrated(other, repository.root)).calibration is None


@pytest.mark.slow
async def test_a_second_run_asks_nothing_and_says_the_same(tmp_path: Path, repository: Repository) -> None:
    reviewing = finding(tmp_path)
    first = await ended(Calibrating(reviewing.context, repository.root, PLENTY))
    asked = len(reviewing.kinds)
    second = await ended(Calibrating(reviewing.context, repository.root, PLENTY))
    assert (len(reviewing.kinds), second.result) == (asked, first.result)
    assert first.result is not None and first.result.why_not.startswith("too few fixes")
    await ended(Calibrating(reviewing.context, repository.root, PLENTY, fresh=True))
    assert len(reviewing.kinds) == 2 * asked


@pytest.mark.slow
async def test_a_run_that_is_left_goes_on_where_it_was(tmp_path: Path, repository: Repository) -> None:
    reviewing = finding(tmp_path)
    calibrating = Calibrating(reviewing.context, repository.root, PLENTY)
    async with aclosing(calibrating.steps()) as steps:
        async for step in steps:
            if step.what.startswith("2 of 50"):
                break
    assert calibrating.result is None
    asked = len(reviewing.kinds)
    model = ModelInfo(MODEL, profile="qwen2.5-coder-1.5b")
    kept = readings(repository.root, model, reviewing.context.persona)
    read = kept.read()
    assert asked > 0 and len(read) >= 2
    # Half of a line, as a run that is killed leaves one.
    with (kept.folder / "readings.jsonl").open("ab") as out:
        out.write(b'{"key": "ha')
    done = await ended(Calibrating(reviewing.context, repository.root, PLENTY))
    assert done.result is not None
    (tmp_path / "whole").mkdir()
    whole = finding(tmp_path / "whole")
    whole_run = await ended(Calibrating(whole.context, repository.root, PLENTY, fresh=True))
    assert whole_run.choice is not None and done.choice is not None
    # Seconds aside.
    assert msgspec.structs.replace(whole_run.choice.held, seconds=0) == msgspec.structs.replace(
        done.choice.held, seconds=0
    )


async def test_when_the_time_is_over_it_says_so(tmp_path: Path, repository: Repository) -> None:
    reviewing = finding(tmp_path)
    done = await ended(Calibrating(reviewing.context, repository.root, Budget(50, 1000, 0.0)))
    assert done.ended == "the time is over" and done.result is not None
    assert reviewing.kinds == []


async def test_an_engine_that_fails_is_told_and_what_was_read_stays(tmp_path: Path, repository: Repository) -> None:
    reviewing = Reviewing(tmp_path, Rule("def f8(", chunks=(Chunk("    x"),), error="broken"))
    with pytest.raises(UnitUnread):
        await ended(Calibrating(reviewing.context, repository.root, PLENTY))


@pytest.mark.slow
async def test_a_calibration_that_cannot_be_read_is_none(tmp_path: Path, repository: Repository) -> None:
    reviewing = finding(tmp_path)
    done = await ended(Calibrating(reviewing.context, repository.root, PLENTY))
    assert done.kept is not None
    (done.kept.folder / "calibration.json").write_text("{", encoding="utf-8")
    assert (await calibrated(reviewing.context, repository.root)).calibration is None
    assert calibration().holds


async def test_the_text_of_the_last_commit(repository: Repository) -> None:
    path = repository.root / "m0.py"
    path.write_text("changed\n", encoding="utf-8")
    assert await head_text(path) == function("f0")
    assert await head_text(repository.root / "new.py") is None
    assert await head_text(repository.root / "nowhere" / "a.py") is None
    assert await head_text(repository.root.parent / "a.py") is None
