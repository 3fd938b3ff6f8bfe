"""`postil review` from its arguments to its output and exit code. The pipeline is played by a scripted
generator; files, git, settings, personas and formats are real."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

import postil
from postil.cli.report.report import Report, Tally
from postil.cli.report.text import TextReporter
from postil.cli.review import command as review_command
from postil.cli.review import engine as review_engine
from postil.cli.review import run as review_run
from postil.cli.review.command import ReviewCommand, expand_diff, review
from postil.core.persona.persona import Persona
from postil.core.request import Usage
from postil.core.review.finding import Finding, Fix, Severity, Span
from postil.core.syntax.units import Unit
from postil.engine.base import Engine, EngineFacts, EngineUnavailable, ModelInfo, ModelMissing
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.events import (
    FindingFound,
    FindingUpdated,
    ReviewEvent,
    UnitFailed,
    UnitFinished,
    UnitStarted,
)
from postil.service.review.targets import ReviewedFile
from postil.settings import Settings

APP = typer.Typer()
APP.command(cls=ReviewCommand)(review)

CODE = """\
def total(items):
    result = 0
    for i in range(len(items) - 1):
        result += items[i]
    return result
"""
FACTS = EngineFacts("scripted", "here", ())
OLD, NEW = "    for i in range(len(items) - 1):", "    for i in range(len(items)):"


def finding(unit: Unit, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "persona": "reviewer",
        "method": "edit",
        "unit": unit.digest,
        "lines": Span(2, 3),
        "quote": OLD,
        "message": "The last item is left out.",
        "severity": Severity.WARNING,
        "score": 0.9,
        "fix": Fix(Span(2, 3), OLD, NEW),
    }
    return Finding(**(values | changes))


UNITS_OF = review_run._units


@dataclass
class Script:
    """What the scripted pipeline does, and what it was asked."""

    changes: dict[str, Any] = field(default_factory=dict)
    cached: bool = False
    fail: str = ""
    error: Exception | None = None
    open_error: Exception | None = None
    hang: bool = False
    paths: list[str] = field(default_factory=list)
    spans: list[Sequence[Span] | None] = field(default_factory=list)
    contexts: list[ReviewContext] = field(default_factory=list)
    pull: bool = False
    closed: int = 0

    async def aclose(self) -> None:
        self.closed += 1
        if self.hang:
            print("engine closed", file=sys.stderr)

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return model

    def plan(self, text: str, language: str, lines: Sequence[Span] | None = None) -> list[Unit]:
        self.spans.append(lines)
        return [Unit("function", "total", language, 0, text.count("\n"), text.removesuffix("\n"))]

    async def open(self, settings: Settings, personas: Sequence[Persona], *, pull: bool) -> review_engine.Opened:
        self.pull = pull
        if self.open_error is not None:
            raise self.open_error
        # Nobody asks it: the reviews are the script's too.
        engine = cast(Engine, self)
        contexts = tuple(
            ReviewContext(engine, settings.model.review or persona.model, persona, settings, ReviewCache(), FACTS)
            for persona in personas
        )
        return review_engine.Opened(engine, "scripted", contexts)

    def units(self, file: ReviewedFile, context: ReviewContext, tally: Tally) -> list[Unit]:
        self.paths.append(file.path)
        return UNITS_OF(file, context, tally)

    async def review_units(
        self, context: ReviewContext, units: Sequence[Unit], *_: object
    ) -> AsyncGenerator[ReviewEvent]:
        self.contexts.append(context)
        for unit in units:
            if self.error is not None:
                raise self.error
            if not self.cached:
                yield UnitStarted(unit)
            if self.fail:
                yield UnitFailed(unit, self.fail)
                continue
            made = finding(unit, **self.changes)
            if not self.cached:
                yield FindingFound(unit, replace(made, message="The last", streaming=True))
                if self.hang:
                    print("hanging", file=sys.stderr, flush=True)
                    try:
                        await asyncio.Event().wait()
                    finally:
                        print("stream closed", file=sys.stderr)
                yield FindingUpdated(unit, made)
            usage = Usage() if self.cached else Usage(100, 20, 60)
            yield UnitFinished(unit, (made,), usage, 0.1, self.cached, (("same tree", 2),), ("context cut",))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    made = Script()
    monkeypatch.setattr(review_command, "open_contexts", made.open)
    monkeypatch.setattr(review_run, "plan", made.plan)
    monkeypatch.setattr(review_run, "review_units", made.review_units)
    monkeypatch.setattr(review_run, "_units", made.units)
    monkeypatch.setattr("postil.cli.user_settings.user_file", lambda: tmp_path / "user.toml")
    monkeypatch.setattr("postil.service.personas.load.user_folder", lambda: tmp_path / "personas")
    work = tmp_path / "work"
    work.mkdir()
    (work / "orders.py").write_text(CODE, encoding="utf-8")
    monkeypatch.chdir(work)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(APP, list(arguments), env={"NO_COLOR": "1"})


def git(*arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def test_text_has_frame_fix_sentence_and_summary(script: Script) -> None:
    result = run("orders.py")
    assert result.exit_code == 0
    seconds = result.stdout.split("written, ")[1].split(" s,")[0]
    assert (
        result.stdout
        == f"""\
orders.py:3  warning  reviewer
    1 │ def total(items):
    2 │     result = 0
  - 3 │ {OLD}
  + {" "} │ {NEW}
    4 │         result += items[i]
    5 │     return result
  The last item is left out.

1 note (1 warning) in 1 file
1 unit, 100 tokens read (60 of them kept from before), 20 written, {seconds} s, \
scripted with qwen2.5-coder:1.5b
refused by checks: same tree 2
note: orders.py: total: context cut
"""
    )
    assert script.closed == 1
    assert script.spans == [None]


def test_json_is_one_document(script: Script) -> None:
    result = run("--format", "json", "orders.py")
    document = json.loads(result.stdout)
    assert document["schema"] == 1
    assert document["files"] == ["orders.py"]
    (found,) = document["findings"]
    assert (found["path"], found["line"], found["end_line"], found["severity"]) == (
        "orders.py",
        3,
        3,
        "warning",
    )
    assert found["fix"] == {"line": 3, "end_line": 3, "old": OLD, "new": NEW}
    summary = document["summary"]
    assert (summary["units"], summary["cached_units"], summary["prompt_tokens"]) == (1, 0, 100)
    assert (summary["engine"], summary["model"], summary["personas"]) == (
        "scripted",
        "qwen2.5-coder:1.5b",
        ["reviewer"],
    )
    assert summary["dropped"] == {"same tree": 2}


def test_sarif_is_valid_and_goes_to_a_file(script: Script, tmp_path: Path) -> None:
    schema = json.loads((Path(__file__).parents[1] / "data/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    target = tmp_path / "out.sarif"
    assert run("--format", "sarif", "--output", str(target)).stdout == ""
    log = json.loads(target.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    assert log["runs"][0]["results"][0]["message"]["text"] == "The last item is left out."


def test_github_escapes_what_ends_a_command(script: Script, tmp_path: Path) -> None:
    (tmp_path / "work/a,b:c.py").write_text(CODE, encoding="utf-8")
    script.changes = {"message": "100% wrong:\n::error::x", "severity": Severity.ERROR, "fix": None}
    result = run("--format", "github", "--fail-on", "never", "a,b:c.py")
    assert result.stdout == (
        "::error file=a%2Cb%3Ac.py,line=3,endLine=3,title=Postil (reviewer)::100%25 wrong:%0A::error::x\n"
    )


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        (Severity.ERROR, None, 1),
        (Severity.WARNING, None, 0),
        (Severity.WARNING, "warning", 1),
        (Severity.HINT, "information", 0),
        (Severity.HINT, "hint", 1),
        (Severity.ERROR, "never", 0),
    ],
)
def test_fail_on(script: Script, severity: Severity, fail_on: str | None, code: int) -> None:
    script.changes = {"severity": severity}
    assert run(*(["--fail-on", fail_on] if fail_on else []), "orders.py").exit_code == code


def test_a_unit_that_failed_is_not_a_clean_result(script: Script) -> None:
    script.fail = "the stream broke: run it again"
    result = run("orders.py")
    assert result.exit_code == 3
    assert "orders.py:1 failed the stream broke: run it again" in result.stdout
    assert "1 of 1 unit could not be reviewed" in result.stdout


@pytest.mark.parametrize("where", ["open_error", "error"])
@pytest.mark.parametrize("error", [EngineUnavailable("start Ollama: ollama serve"), ModelMissing("pull it", "m")])
def test_no_engine_or_model(script: Script, error: Exception, where: str) -> None:
    setattr(script, where, error)
    result = run("orders.py")
    assert result.exit_code == 3
    assert f"postil: {error}" in result.stderr
    assert script.closed == (where == "error")


DRIVER = """
import sys, pytest
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("driver", sys.argv[1])
driver = sys.modules["driver"] = module_from_spec(spec)
spec.loader.exec_module(driver)
script = driver.Script(hang=True)
driver.review_command.open_contexts = script.open
driver.review_run.plan = script.plan
driver.review_run.review_units = script.review_units
driver.APP(["orders.py"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT can't be sent to one process on Windows")
@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_prints_what_was_found(script: Script) -> None:
    command = [sys.executable, "-c", DRIVER, __file__]
    environment = os.environ | {"PYTHONPATH": str(Path(postil.__file__).parents[1])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "hanging\n"
        process.send_signal(signal.SIGINT)
        try:
            out, wrong = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "orders.py:3  warning" in out
    assert "The last" in out
    assert "interrupted: 1 note" in out
    assert wrong == "stream closed\nengine closed\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nowhere.py"], "no such file or folder: nowhere.py"),
        (["--persona", "boss"], "no review persona is called 'boss': use "),
        (["--persona", "completer"], "use api-docs, performance, reviewer"),
        (["--engine", "steam"], "engine: "),
        (["--jobs", "0"], "jobs: "),
        (["--min-score", "2"], "review.min_score: "),
        (["--method", "guess"], "review.method: "),
        (["--show", "verified"], "'calibrated', 'all'"),
        (["--config", "none.toml"], "--config: no such file"),
        (["--output", "no/such/folder"], "--output: can't write"),
        (["--format", "xml"], "xml"),
        (["--diff"], "is not in a git repository"),
    ],
)
def test_wrong_usage(
    script: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], part: str
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    result = run(*arguments)
    assert result.exit_code == 2
    assert part in result.stderr
    assert script.paths == []


def test_settings_reach_the_review(script: Script, tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("jobs = 3\nnonsense = 1\n", encoding="utf-8")
    (tmp_path / "work/postil.toml").write_text('[review]\nexclude = ["orders.py"]\n', encoding="utf-8")
    (tmp_path / "work/other.py").write_text(CODE, encoding="utf-8")
    result = run(
        "--model",
        "m:7b",
        "--show",
        "calibrated",
        "--min-score",
        "0.5",
        "--method",
        "list",
        "--engine",
        "ollama",
        "--pull",
    )
    assert result.exit_code == 0
    assert script.paths == ["other.py"]
    settings = script.contexts[0].settings
    assert (settings.jobs, settings.engine, settings.model.review) == (3, "ollama", "m:7b")
    assert (settings.review.min_score, settings.review.method) == (0.5, "list")
    assert script.contexts[0].show == "calibrated"
    assert script.pull
    assert "user.toml:2: nonsense: unknown key" in result.stderr
    assert "left out: " in result.stdout and "excluded by review.exclude" in result.stdout


def test_cached_units_and_files_that_cannot_be_read_are_said(script: Script, tmp_path: Path) -> None:
    script.cached = True
    (tmp_path / "work/bad.py").write_bytes(b"x = '\xe9'\n")
    text = run(".").stdout
    assert "2 units (1 unchanged), 0 tokens read" in text
    assert "1 of 2 units could not be reviewed" in text
    assert "skipped" in text and "bad.py: line 1 has a byte that doesn't fit" in text
    assert "orders.py:3  warning" in text


def test_diff_asks_for_changed_lines_and_shows_no_others(script: Script, tmp_path: Path) -> None:
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    assert "0 notes in 0 files" in run("--diff").stdout
    (tmp_path / "work/orders.py").write_text(CODE.replace("return result", "return  result"), encoding="utf-8")
    text = run("--diff").stdout
    assert script.spans == [(Span(4, 5),)]
    assert "The last item" not in text
    assert "outside the changed lines 1" in text
    script.changes = {"lines": Span(4, 5), "quote": "    return  result", "fix": None}
    assert "  > 5 │     return  result" in run("--diff", "HEAD", "orders.py").stdout
    assert run("--diff", "nonesuch").exit_code == 2


def test_staged_reads_the_index(script: Script, tmp_path: Path) -> None:
    git("init", "-q")
    git("add", "-A")
    (tmp_path / "work/orders.py").write_text("something else\n", encoding="utf-8")
    (tmp_path / "work/new.py").write_text(CODE, encoding="utf-8")
    text = run("--staged").stdout
    assert script.paths == ["orders.py"]
    assert f"  - 3 │ {OLD}" in text


def test_what_a_model_says_cannot_steer_the_terminal(script: Script) -> None:
    script.changes = {
        "message": "[red]\x1b]0;owned\x07 and \u202e reversed[/red] :smile:",
        "fix": Fix(Span(2, 3), OLD, "    pass\x1b[2J"),
    }
    for style in ("text", "github", "json", "sarif"):
        text = run("--format", style, "--color", "always", "orders.py").stdout
        assert "owned" in text
        for control in ("\x1b]0", "\x07", "\u202e", "\x1b[2J"):
            assert control not in text, style
    shown = run("orders.py").stdout
    assert r"[red]\x1b]0;owned\x07 and \u202e reversed[/red] :smile:" in shown


class Screen(io.StringIO):
    """A terminal's input side, as text."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_sentence_before_it_is_complete() -> None:
    screen = Screen()
    reporter = TextReporter(Console(file=screen, force_terminal=True, width=80, color_system=None))
    unit = Unit("function", "total", "python", 0, 5, CODE.rstrip())
    file = ReviewedFile("orders.py", "python", tuple(CODE.splitlines()))
    made = finding(unit)
    reporter.reading(file, unit, 2, 5)
    reporter.event(file, FindingFound(unit, replace(made, message="The las", streaming=True)))
    reporter.event(file, FindingUpdated(unit, replace(made, message="The last it", streaming=True)))
    reporter._progress.refresh()
    seen = screen.getvalue()
    assert "reading orders.py: total (2/5)" in seen
    assert "The last it" in seen
    assert made.message not in seen
    reporter.event(file, FindingUpdated(unit, made))
    reporter.event(file, UnitFinished(unit, (made,), Usage(), 0.1))
    reporter.finish(Report(findings=(file.place(unit, made),)))
    assert screen.getvalue().count(made.message) == 1


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["--diff"], ["--diff=HEAD"]),
        (["--diff", "main", "a.py"], ["--diff=main", "a.py"]),
        (["--diff", "orders.py"], ["--diff=HEAD", "orders.py"]),
        (["--diff", "--staged"], ["--diff=HEAD", "--staged"]),
        (["a", "--diff=x", "--", "--diff"], ["a", "--diff=x", "--", "--diff"]),
    ],
)
def test_diff_has_an_optional_value(script: Script, given: list[str], read: list[str]) -> None:
    assert expand_diff(given) == read


def test_what_a_comment_ignores_is_counted_and_not_reported(script: Script) -> None:
    Path("orders.py").write_text(CODE.replace("1):\n", "1):  # postil: ignore[reviewer] it is so\n"), encoding="utf-8")
    script.changes = {"severity": Severity.ERROR}
    result = run("orders.py")
    assert result.exit_code == 0
    assert "0 notes in 1 file" in result.stdout
    assert "same tree 2, dismissed 1" in result.stdout


def test_a_baseline_is_written_read_and_outlives_edits_above(script: Script) -> None:
    script.changes = {"severity": Severity.ERROR}
    result = run("--write-baseline", "orders.py")
    assert result.exit_code == 0
    assert "1 more note is dismissed in" in result.stderr.replace("\n", " ")
    (entry,) = json.loads(Path(".postil/baseline.json").read_text(encoding="utf-8"))["dismissed"]
    assert (entry["path"], entry["unit"], entry["code"], entry["language"]) == ("orders.py", "total", OLD, "python")
    # Without the option nothing is hidden; from a folder below it is found, and a path behind it stays a path.
    assert run("orders.py").exit_code == 1
    below = Path("below")
    below.mkdir()
    os.chdir(below)
    Path("../orders.py").replace("orders.py")
    assert run("--baseline", "orders.py").exit_code == 0
    assert run("--baseline", "../.postil/baseline.json").exit_code == 0
    assert run("--baseline=../.postil/baseline.json", "-f", "json").exit_code == 0
    # Another fault on the same line is another note.
    Path("orders.py").write_text(CODE.replace("- 1", "- 2"), encoding="utf-8")
    script.changes |= {"quote": OLD.replace("- 1", "- 2")}
    assert run("--baseline", "orders.py").exit_code == 1


@pytest.mark.parametrize(
    ("data", "arguments", "says"),
    [
        (None, ["--baseline"], "--write-baseline"),
        (None, ["--baseline", "other.json"], "there is no"),
        ("{", ["--baseline"], "not JSON"),
        ("{", ["--write-baseline"], "not JSON"),
    ],
)
def test_a_baseline_that_isnt_there_or_is_broken(
    script: Script, data: str | None, arguments: list[str], says: str
) -> None:
    if data is not None:
        Path(".postil").mkdir()
        Path(".postil/baseline.json").write_text(data, encoding="utf-8")
    result = run("orders.py", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert script.contexts == []
    if data is not None:
        assert Path(".postil/baseline.json").read_text(encoding="utf-8") == data
