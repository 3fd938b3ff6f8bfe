"""`postil mcp list`, `test` and `accept` from their arguments to output and exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.service import mcp_servers
from typer.testing import CliRunner, Result

import postil
from postil.cli.app import LazyGroup, app
from postil.cli.mcp import command as mcp_command

GOOD = {"command": sys.executable, "args": [mcp_servers.__file__, "good"]}


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "top"
    found.mkdir()
    monkeypatch.chdir(found)
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return found


def write(top: Path, servers: Any) -> None:
    (top / ".mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")


def user(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config" / "postil" / "postil.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["mcp", *arguments], input=answer)


def test_list_shows_who_names_what_and_starts_nothing(top: Path, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    write(top, {"a": {"command": "touch", "args": [str(mark)]}, "b": {"comand": "x"}})
    user(tmp_path, "[mcp_servers.mine]\ncommand = 'touch'\ndisabled = true\n")
    result = run("list", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [(one["name"], one["state"], one["source"]) for one in found["servers"]] == [
        ("mine", "disabled", "user"),
        ("a", "needs your yes", "workspace"),
    ]
    assert found["servers"][1]["line"] == f"touch {mark}"
    assert found["problems"][0]["name"] == "b" and "unknown key comand" in found["problems"][0]["problem"]
    result = run("list")
    assert "needs your yes" in result.stdout and "postil mcp accept" in result.stderr and not mark.exists()


def test_nothing_named_is_said(top: Path) -> None:
    result = run("list")
    assert result.exit_code == 0 and "no server is named" in result.stderr


def test_accept_shows_the_exact_line_and_asks(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(top, {"a": GOOD, "b": {"url": "https://example.org/m"}})
    result = run("accept", "a", answer="y\n")
    assert result.exit_code == 2 and "say yes in a terminal" in result.stderr, "an agent's command has none"
    assert run("test", "a").exit_code == 2
    monkeypatch.setattr(mcp_command, "at_terminal", lambda: True)
    result = run("accept", "a", answer="n\n")
    assert f"{sys.executable} {mcp_servers.__file__} good" in result.stderr and "a: not used" in result.stderr
    result = run("test", "a")
    assert result.exit_code == 2 and "You haven't said yes to that line" in result.stderr
    result = run("accept", answer="y\nn\n")
    assert result.exit_code == 0 and "a: may be used" in result.stderr and "b: not used" in result.stderr
    result = run("test", "a", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["protocol"] == "2025-11-25" and found["tools"][0]["name"] == "a_call"
    assert (found["prompts"], found["resources"]) == (["p"], ["x://r"])
    assert "a_call" in run("test", "a").stdout
    write(top, {"a": {**GOOD, "env": {"A": "1"}}})
    assert run("test", "a").exit_code == 2, "another line"
    write(top, {"a": GOOD})
    assert run("accept", "--forget", "a").exit_code == 0 and run("test", "a").exit_code == 2
    assert run("accept", "--forget", "a").exit_code == 1 and run("accept", "--forget").exit_code == 2
    write(top, {})
    assert run("accept").exit_code == 1


def test_one_that_cannot_be_used_is_told_with_its_words(top: Path, tmp_path: Path) -> None:
    script = json.dumps([mcp_servers.__file__, "ends"])
    user(tmp_path, f"[mcp_servers.bad]\ncommand = {json.dumps(sys.executable)}\nargs = {script}\n"
         "[mcp_servers.off]\ncommand = 'x'\ndisabled = true\n")  # fmt: skip
    result = run("test", "bad")
    assert result.exit_code == 1 and "bad said: no such database" in result.stderr
    assert run("test", "bad", "--json").exit_code == 1
    assert "is disabled" in run("test", "off").stderr
    result = run("test", "nothing")
    assert result.exit_code == 2 and "known are bad, off" in result.stderr


def test_without_the_package_the_next_step_is_told(top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user(tmp_path, "[mcp_servers.a]\ncommand = 'x'\n")
    monkeypatch.setattr(mcp_command, "find_spec", lambda name: None)
    for arguments in ((), ("test", "a")):
        result = run(*arguments)
        assert result.exit_code == 2 and "pip install 'postil[agent]'" in result.stderr
    assert run("list").exit_code == 0


def test_a_folder_that_is_none_is_told(top: Path) -> None:
    assert run("--workspace", str(top / "no")).exit_code == 2


@pytest.mark.slow
def test_the_list_of_servers_imports_no_protocol(top: Path) -> None:
    """What isn't asked for isn't waited for."""
    code = "import sys; from postil.cli.app import app\ntry:\n app(['mcp', 'list'])\nexcept SystemExit: pass\n"
    code += "print([name for name in ('mcp', 'mcp_types', 'httpx2') if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(postil.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, cwd=top
    )
    assert done.stdout.strip() == "[]"


def test_it_stands_in_the_table() -> None:
    assert "mcp" in LazyGroup(name="x").list_commands(typer.Context(typer.main.get_command(app)))
