"""`postil fix` from its arguments to its output and exit code. The model is a script; the check, its copy and git are
real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest
import typer
from tests.verify.fixing import CODE, PYTEST, RIGHT, WRONG, copies, project, tree
from typer.testing import CliRunner, Result

from postil.cli.fix import command as fix_command
from postil.cli.fix.command import FixCommand, fix
from postil.cli.review.engine import Opened
from postil.core.persona.persona import Persona
from postil.engine.base import EngineFacts, EngineUnavailable
from postil.engine.scripted import Chunk, Rule, ScriptedEngine
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.settings import Settings

APP = typer.Typer()
APP.command(cls=FixCommand)(fix)
FIXED = CODE.replace("len(items) - 1", "len(items)")


class Scripted:
    """The engine in the place of the one that would be chosen; it writes these answers, and the last one for ever."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.opened: list[tuple[Settings, bool]] = []
        self.error: Exception | None = None

    async def open(self, settings: Settings, personas: Sequence[Persona], *, pull: bool) -> Opened:
        self.opened.append((settings, pull))
        if self.error is not None:
            raise self.error
        rules = [Rule("", chunks=(Chunk(text),), times=1) for text in self.answers[:-1]]
        engine = ScriptedEngine([*rules, Rule("", chunks=(Chunk(self.answers[-1]),))])
        (persona,) = personas
        facts = EngineFacts("scripted", "here", ())
        context = ReviewContext(engine, settings.model.review or persona.model, persona, settings, ReviewCache(), facts)
        return Opened(engine, "scripted", (context,))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    found = Scripted(RIGHT)
    monkeypatch.setattr(fix_command, "open_contexts", found.open)
    return found


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = project(tmp_path)
    monkeypatch.chdir(found)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    # What the model answers is what these tests are about.
    settings = tmp_path / "config" / "postil" / "postil.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[fix]\nmechanical = false\n", encoding="utf-8")
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(APP, list(arguments))


def test_a_fix_is_shown_with_its_proof_and_nothing_changes(script: Scripted, top: Path) -> None:
    before = tree(top)
    result = run("--check", PYTEST, "--seconds", "100", "-n", "3", "-m", "qwen2.5-coder:0.5b")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("verified: all 2 tests pass, in two runs of the check\n\n--- a/shop/cart.py\n")
    for told in (
        "tests/test_cart.py::test_total fails:",
        "E       assert 3 == 6",
        "suspect: total (shop/cart.py:4), because the failing test runs it, and no test that passes does",
        "checking a broken total, which it must notice",
        "holds: all 2 tests pass",
        "5 runs of the check",
        "nothing was changed: --apply writes it",
    ):
        assert told in result.stderr
    assert tree(top) == before and copies() == []
    ((settings, pull),) = script.opened
    assert settings.model.review == "qwen2.5-coder:0.5b" and not pull
    # What is on standard output is a patch.
    applied = subprocess.run(
        ["git", "apply"], input=result.stdout, text=True, cwd=top, check=False, capture_output=True
    )
    assert applied.returncode == 0, applied.stderr
    assert (top / "shop/cart.py").read_text(encoding="utf-8") == FIXED


def test_apply_and_output_and_json(script: Scripted, top: Path, tmp_path: Path) -> None:
    patch = tmp_path / "fix.diff"
    result = run("--check", PYTEST, "--apply", "--output", str(patch), "--format", "json", "shop")
    assert result.exit_code == 0, result.output
    assert (top / "shop/cart.py").read_text(encoding="utf-8") == FIXED
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["ending"] == "fixed" and found["failures"][0]["test"] == "tests/test_cart.py::test_total"
    (fix,) = found["fixes"]
    assert fix["verdict"] == "all 2 tests pass" and found["applied"] is True
    assert (fix["path"], fix["line"], fix["end_line"]) == ("shop/cart.py", 4, 9)
    assert found["diff"] == fix["diff"] == patch.read_text(encoding="utf-8")
    assert found["suspects"][0] == {
        "path": "shop/cart.py",
        "line": 4,
        "name": "total",
        "reason": "the failing test runs it, and no test that passes does",
        "passed_over": None,
        "definitions": {"told": 0, "left_out": 0},
    }
    cost = {"type": "object", "required": ["seconds", "check_runs", "answers", "candidates", "output_tokens"]}
    jsonschema.validate(found["cost"], cost)
    assert found["cost"]["candidates"] == 1
    result = run("--check", PYTEST)
    assert (result.exit_code, result.stdout) == (0, "All 2 tests pass: there is nothing to fix\n")


def test_json_tells_what_became_of_every_answer(script: Scripted, top: Path) -> None:
    script.answers = (RIGHT.replace("len(items)", "len(items) - 1"), RIGHT)
    result = run("--check", PYTEST, "--format", "json", "-n", "3")
    found: list[dict[str, Any]] = json.loads(result.stdout)["answers"]
    assert [(one["number"], one["asked"], one["checked"], one["holds"], one["said"]) for one in found] == [
        (1, "untold", False, False, "the model changed nothing"),
        (2, "lines", False, False, "the model changed nothing"),
        (3, "told", True, True, "all 2 tests pass"),
    ]
    assert {(one["path"], one["name"]) for one in found} == {("shop/cart.py", "total")}
    assert "len(items) - 1" in found[0]["text"] and "len(items) - 1" not in found[2]["text"]


def test_what_is_printed_of_a_file_with_crlf_can_be_applied(script: Scripted, top: Path) -> None:
    file = top / "shop/cart.py"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    script.answers = (RIGHT,)
    result = run("--check", PYTEST)
    assert result.exit_code == 0, result.output
    done = subprocess.run(["git", "apply"], cwd=top, input=result.stdout_bytes, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"range(len(items)):\r\n" in file.read_bytes()


def test_not_fixed_is_one(script: Scripted, top: Path) -> None:
    script.answers = (WRONG,)
    before = tree(top)
    result = run("--check", PYTEST, "-n", "1", "--apply")
    assert result.exit_code == 1
    assert "None of 1 candidates passed the check." in result.stdout
    assert "The tests may be what is wrong" in result.stdout
    assert tree(top) == before


def test_a_file_that_changes_meanwhile_is_not_written(
    script: Scripted, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = fix_command._finish

    def late(*arguments: Any) -> int:
        (top / "shop/cart.py").write_text("mine", encoding="utf-8")
        return finish(*arguments)

    monkeypatch.setattr(fix_command, "_finish", late)
    result = run("--check", PYTEST, "--apply")
    assert result.exit_code == 1 and "shop/cart.py was changed meanwhile: nothing was written" in result.stderr
    assert (top / "shop/cart.py").read_text(encoding="utf-8") == "mine"


def test_without_a_check_one_is_proposed(script: Scripted, top: Path) -> None:
    result = run()
    assert (result.exit_code, result.stdout, script.opened) == (2, "", [])
    assert "postil fix --check 'python -m pytest'\n" in result.stderr
    (top / "pyproject.toml").unlink()
    (top / "tests/test_cart.py").unlink()
    (top / "tests").rmdir()
    assert "name the command that fails" in run().stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--check", "true", "nowhere"], "no such file or folder: nowhere"),
        (["--check", "true", "/"], "isn't in"),
        (["--check", "true", "--output", "no/such/file"], "there is no folder"),
        (["--check", "true", "--engine", "none"], "engine"),
        (["--check", "true", "--samples", "-1"], "--samples"),
        (["--check", "true", "--format", "xml"], "--format"),
    ],
)
def test_wrong_usage_is_two(script: Scripted, top: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and words in result.stderr and script.opened == []


def test_a_check_that_is_not_there_is_three(script: Scripted, top: Path) -> None:
    result = run("--check", "no-such-program --all")
    assert result.exit_code == 3 and "the check can't be started: " in result.stderr
    assert "Traceback" not in result.stderr and copies() == []


def test_an_engine_that_is_not_there_is_three(script: Scripted, top: Path) -> None:
    script.error = EngineUnavailable("Nobody answers. Next step: start it.")
    result = run("--check", PYTEST)
    assert result.exit_code == 3 and "postil: Nobody answers. Next step: start it." in result.stderr


def test_diff_limits_what_may_be_changed(script: Scripted, top: Path) -> None:
    result = run("--check", PYTEST, "--diff")
    assert result.exit_code == 1 and "Nothing that the failure names" in result.stdout and script.opened == []
    result = run("--check", PYTEST, "--diff=none")
    assert result.exit_code == 3 and "git knows no commit 'none'" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(top: Path, number: signal.Signals) -> None:
    """Of a process of its own, while its check runs."""
    before = tree(top)
    word = f"postil-{top.parent.name}"
    check = f"{sys.executable} -c 'import time; time.sleep(300)' {word}; echo"
    process = subprocess.Popen(
        [sys.executable, "-m", "postil", "fix", "--check", check],
        cwd=top,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        began = time.monotonic()
        while not any(word in " ".join(one.cmdline()) and one.pid != process.pid for one in _children(process.pid)):
            assert time.monotonic() - began < 60
            time.sleep(0.05)
        process.send_signal(number)
        _, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130 and told.endswith("postil: interrupted: nothing was changed\n"), told
    # Killed they all are; on a busy machine it takes them a moment to be gone.
    left = [one for one in psutil.process_iter(["cmdline"]) if word in " ".join(one.info["cmdline"] or [])]
    assert psutil.wait_procs(left, timeout=10)[1] == []
    copies = list(Path(tempfile.gettempdir()).glob(f"postil-fix-{process.pid}-*"))
    assert copies == [] and tree(top) == before


def _children(process: int) -> list[psutil.Process]:
    try:
        return [one for one in psutil.Process(process).children(recursive=True) if one.status() != "zombie"]
    except psutil.NoSuchProcess:
        return []
