"""Every tool of the table that can be had here: it is started as the table says, and tells of what is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests import parts

from postil.core.verify.findings.finding import ToolFinding
from postil.core.verify.findings.reports import read_report
from postil.core.verify.findings.tools import tools
from postil.service.verify.findings.program import tool_command

CASES = Path(__file__).parents[2] / "bench/fix/findings/cases"
# A rule that each tool tells of in the project of `bench.fix.findings`, and its file.
EXPECTED = {
    "ruff": ("B023", "jobs.py"),
    "mypy": ("union-attr", "catalogue.py"),
    "eslint": ("@typescript-eslint/no-floating-promises", "src/store.ts"),
    "tsc": ("TS18048", "src/cart.ts"),
    "vet": ("lostcancel", "limiter.go"),
    "staticcheck": ("SA5001", "words.go"),
    "clippy": ("clippy::never_loop", "src/lib.rs"),
}
# What no language reads: the control.
BROKEN = "\n)]} broken ((\"'\n"


def told(tool: str, top: Path) -> tuple[ToolFinding, ...]:
    command = tool_command(tool, top, top)
    into = subprocess.STDOUT if tools()[tool].stderr else subprocess.DEVNULL
    ran = subprocess.run(
        command.command, shell=True, cwd=command.folder, stdout=subprocess.PIPE, stderr=into, check=False
    )
    found = read_report(tool, ran.stdout.decode(), str(top), ".")
    assert found is not None, ran.stdout
    return found


@pytest.mark.parametrize("tool", EXPECTED)
def test_a_real_tool_is_read(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = parts.tools()
    monkeypatch.setenv(
        "PATH", f"{folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    top = tmp_path.resolve() / tool
    shutil.copytree(CASES / tool, top)
    if "node" in tools()[tool].found:
        (top / "node_modules").symlink_to(folder / "node_modules")
    if tools()[tool].program in ("go", "cargo") and shutil.which(tools()[tool].program) is None:
        parts.missing(tools()[tool].program)
    rule, path = EXPECTED[tool]
    found = told(tool, top)
    assert any((one.rule, one.path) == (rule, path) for one in found), found
    assert all(one.path and not one.path.startswith("/") for one in found), found
    (top / path).write_text((top / path).read_text(encoding="utf-8") + BROKEN, encoding="utf-8")
    known = {one.identity for one in found}
    assert any(one.identity not in known for one in told(tool, top))
