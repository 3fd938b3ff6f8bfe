"""`postil fix --tool` and `--sarif` from their arguments to output and exit code. The model is a script; ruff, the copy
and git are real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.core.test_sarif import SCHEMA
from tests.tools.test_mending import CALLBACKS, FILES, NO_IMPORTS, TOTAL
from tests.verify.fixing import PYTEST, RIGHT, copies, project, tree
from tests.verify.test_command import Scripted, run

from postil.cli.fix import command as fix_command
from postil.cli.fix import findings as fix_findings

WANTED = NO_IMPORTS.replace("itmes", "items").replace("lambda:", "lambda item=item:")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    found = Scripted(TOTAL, CALLBACKS)
    monkeypatch.setattr(fix_command, "open_contexts", found.open)
    return found


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = project(tmp_path, {**FILES, "shop.py": NO_IMPORTS})
    monkeypatch.chdir(found)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return found


def log(driver: str = "ruff", uri: str = "shop.py", line: int = 6, **more: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    result = {
        "ruleId": "F821",
        "message": {"text": "Undefined name `itmes`"},
        "locations": [{"physicalLocation": place}],
    }
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": driver}}, "results": [result], **more}]}


def test_findings_are_mended_and_shown_with_their_verdicts(script: Scripted, top: Path) -> None:
    before = tree(top)
    result = run("--tool", "ruff", "-n", "1")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "2 of 2 findings fixed and verified\n"
        "  fixed: shop.py:6: ruff F821: Undefined name `itmes`\n"
        "      ruff is content: F821 is gone, no new finding\n"
    )
    for told in (
        "2 findings to mend",
        "finding 1 of 2: shop.py:6: ruff F821: Undefined name `itmes`",
        "checking a broken total, which it must notice",
        "  fixed: ruff is content: B023 is gone, no new finding",
        "nothing was changed: --apply writes it",
    ):
        assert told in result.stderr
    assert tree(top) == before and copies() == []
    applied = subprocess.run(
        ["git", "apply"], input=result.stdout, text=True, cwd=top, check=False, capture_output=True
    )
    assert applied.returncode == 0, applied.stderr
    assert (top / "shop.py").read_text(encoding="utf-8") == WANTED


def test_apply_output_and_json(script: Scripted, top: Path, tmp_path: Path) -> None:
    patch = tmp_path / "fix.diff"
    result = run("--tool", "ruff", "-n", "1", "--apply", "--output", str(patch), "--format", "json", "shop.py")
    assert result.exit_code == 0, result.output
    assert (top / "shop.py").read_text(encoding="utf-8") == WANTED
    found: dict[str, Any] = json.loads(result.stdout)
    assert (found["tool"], found["total"], found["fixed"], found["applied"]) == ("ruff", 2, 2, True)
    assert found["diff"] == patch.read_text(encoding="utf-8")
    first = found["findings"][0]
    assert (first["path"], first["line"], first["rule"], first["ending"]) == ("shop.py", 6, "F821", "fixed")
    assert first["verified"] and first["verdict"] == "ruff is content: F821 is gone, no new finding"
    assert found["command"].endswith("ruff check --output-format=json --no-cache --no-fix --force-exclude shop.py")
    result = run("--tool", "ruff")
    assert (result.exit_code, result.stdout) == (0, "ruff finds nothing to fix here.\n")


def test_not_all_of_them_is_one(script: Scripted, top: Path) -> None:
    script.answers = (TOTAL, "    pass\n```")
    result = run("--tool", "ruff", "-n", "1", "--apply")
    assert result.exit_code == 1 and result.stdout.startswith("1 of 2 findings fixed and verified\n")
    assert "  not fixed: shop.py:12: ruff B023: Function definition does not bind loop variable `item`" in result.stdout
    # What was mended is written.
    assert (top / "shop.py").read_text(encoding="utf-8") == NO_IMPORTS.replace("itmes", "items")


def applied_sarif(document: dict[str, Any], text: str) -> str:
    """The text with all replacements of the first result that has a fix."""
    fix = next(one["fixes"][0] for one in document["runs"][0]["results"] if "fixes" in one)
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for one in reversed(fix["artifactChanges"][0]["replacements"]):
        region = one["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + one["insertedContent"]["text"] + text[last:]
    return text


def test_sarif_out(script: Scripted, top: Path) -> None:
    result = run("--tool", "ruff", "-n", "1", "--format", "sarif")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    first, second = document["runs"][0]["results"]
    assert (first["ruleId"], second["ruleId"]) == ("ruff/F821", "ruff/B023")
    assert first["properties"]["verified"] and first["properties"]["verdict"].startswith("ruff is content")
    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "shop.py", "uriBaseId": "SRCROOT"}
    assert applied_sarif(document, NO_IMPORTS) == WANTED


def test_a_check_s_fix_as_sarif(script: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script.answers = (RIGHT,)
    other = project(tmp_path)
    monkeypatch.chdir(other)
    code = (other / "shop/cart.py").read_text(encoding="utf-8")
    result = run("--check", PYTEST, "--format", "sarif")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    (found,) = document["runs"][0]["results"]
    assert found["ruleId"] == "check" and found["properties"]["verdict"] == "all 2 tests pass"
    assert applied_sarif(document, code) == code.replace("len(items) - 1", "len(items)")


def test_a_log_of_a_known_tool(script: Scripted, top: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.sarif"
    file.write_text(json.dumps(log(uri=(top / "shop.py").as_uri())), encoding="utf-8-sig")
    result = run("--sarif", str(file), "-n", "1")
    assert result.exit_code == 0 and result.stdout.startswith("1 of 1 finding fixed and verified\n"), result.output
    assert "1 finding to mend, 1 others" in result.stderr


SCAN = """import json, pathlib
text = pathlib.Path("shop.py").read_text()
rows = [n for n, line in enumerate(text.splitlines(), 1) if "itmes" in line or ")]}" in line]
at = lambda row: {"artifactLocation": {"uri": "shop.py"}, "region": {"startLine": row}}
say = lambda row: {"ruleId": "F821", "message": {"text": "typo"}, "locations": [{"physicalLocation": at(row)}]}
run = {"tool": {"driver": {"name": "Scan"}}, "results": [say(row) for row in rows]}
print(json.dumps({"version": "2.1.0", "runs": [run]}))
"""


def test_a_log_of_another_scanner_needs_its_command(script: Scripted, top: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.sarif"
    file.write_text(json.dumps(log("Scan")), encoding="utf-8")
    before = tree(top)
    result = run("--sarif", str(file))
    assert result.exit_code == 2 and script.opened == [] and tree(top) == before
    assert "1 result of Scan can't be verified: Postil doesn't know how it is run. Name the command" in result.stderr
    scan = tmp_path / "scan.py"
    scan.write_text(SCAN, encoding="utf-8")
    result = run("--sarif", str(file), "--check", f"{sys.executable} {scan}", "-n", "1")
    assert result.exit_code == 0, result.output
    assert "Scan is content: F821 is gone, no new finding" in result.stdout
    # One that writes no log, or one of another scanner, proves nothing.
    for check in ("true", f"cat {file.with_name('other.sarif')}"):
        file.with_name("other.sarif").write_text(json.dumps(log("Other")), encoding="utf-8")
        result = run("--sarif", str(file), "--check", check)
        assert result.exit_code == 3 and "Scan can't be used: " in result.stderr, result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not a SARIF log: "),
        (json.dumps({"version": "2.0.0", "runs": []}), "SARIF '2.0.0' isn't read, only 2.1.0"),
        (json.dumps(log(uri="../other/shop.py")), "no result of log.sarif is about a file in"),
        (json.dumps(log(uri="file:///etc/passwd")), "no result of log.sarif is about a file in"),
        (json.dumps(log(uri="https://example.org/shop.py")), "no result of log.sarif is about a file in"),
        (json.dumps({"version": "2.1.0", "runs": [*log("ruff")["runs"], *log("mypy")["runs"]]}),
         "log.sarif has results of mypy and ruff: name one with --tool NAME"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_used(script: Scripted, top: Path, tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "log.sarif"
    file.write_text(content, encoding="utf-8")
    result = run("--sarif", str(file))
    assert result.exit_code == 2 and words in result.stderr and script.opened == [], result.output


def test_a_log_without_results_and_one_that_is_too_large(
    script: Scripted, top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.sarif"
    file.write_text(json.dumps(log(results=[])), encoding="utf-8")
    result = run("--sarif", str(file))
    assert result.exit_code == 0 and "log.sarif has no result: there is nothing to fix" in result.stderr
    monkeypatch.setattr(fix_findings, "MAX_SARIF_BYTES", 10)
    result = run("--sarif", str(file))
    assert result.exit_code == 2 and "is larger than" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--tool", "pylint"], 2, "--tool: 'pylint' isn't known, use ruff, mypy, "),
        (["--tool", "ruff", "--check", "no-such-program --all"], 3, "the check can't be used: "),
        (["--sarif", "nowhere.sarif"], 2, "--sarif: can't read "),
        (["--tool", "tsc"], 3, "tsc needs a tsconfig.json"),
    ],
)
def test_wrong_usage(script: Scripted, top: Path, arguments: list[str], code: int, words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code and words in result.stderr and script.opened == [], result.output
