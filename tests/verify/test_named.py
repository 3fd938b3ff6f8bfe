"""`postil fix --check NAME`: checks of the settings, and the consent to a line that a workspace has written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import typer
from tests.verify.fixing import project, tree
from tests.verify.test_command import run

from postil.cli.fix import named as named_module
from postil.cli.fix import unnamed as unnamed_module


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = project(tmp_path, {"a.py": "one = 1\n", "below/b.py": "two = 2\n"})
    monkeypatch.chdir(found / "below")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return found


def named(file: Path, command: str, more: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[checks.tests]\ncommand = '{command}'\n{more}", encoding="utf-8")


def test_the_users_own_check_runs_in_its_folder(top: Path, tmp_path: Path) -> None:
    named(tmp_path / "config" / "postil" / "postil.toml", f'test "$(basename "$PWD")" = {top.name}')
    result = run("--check", "tests")
    assert (result.exit_code, result.stdout) == (0, "The check passes: there is nothing to fix\n"), result.stderr
    named(tmp_path / "config" / "postil" / "postil.toml", "test -e b.py", "folder = 'below'\n")
    assert run("--check", "tests").exit_code == 0
    # The control: a command as it is typed runs where the user is.
    assert run("--check", f"test -e ../a.py && test -e {'b.py'}").exit_code == 0
    result = run()
    assert result.exit_code == 2 and "postil fix --check tests" in result.stderr


def test_a_workspaces_line_needs_a_yes_in_a_terminal(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "ran"
    command = f"echo ran >>{log}"
    named(top / "postil.toml", command)
    before = tree(top)
    result = run("--check", "tests")
    assert result.exit_code == 2 and not log.exists()
    assert f"`{command}`" in result.stderr and "do it once in a terminal" in result.stderr

    answers = iter([False, True])
    with monkeypatch.context() as terminal:
        terminal.setattr(named_module, "at_terminal", lambda: True)
        terminal.setattr(typer, "confirm", lambda *_, **__: next(answers))
        assert run("--check", "tests").exit_code == 2 and not log.exists()
        assert run("--check", "tests").exit_code == 0 and log.exists()
    assert run("--check", "tests").exit_code == 0
    # Another line, and the same in another folder, need another yes.
    named(top / "postil.toml", f"{command} ")
    assert run("--check", "tests").exit_code == 0
    named(top / "postil.toml", f"{command}; true")
    assert run("--check", "tests").exit_code == 2
    named(top / "postil.toml", command, "folder = 'below'\n")
    assert run("--check", "tests").exit_code == 2
    assert tree(top).keys() == {*before}


def test_what_names_nothing_is_told(top: Path, tmp_path: Path) -> None:
    result = run("--check", "typecheck")
    assert result.exit_code == 3 and "there is no check and no program called 'typecheck'" in result.stderr
    named(tmp_path / "config" / "postil" / "postil.toml", "true", "folder = '../..'\n")
    result = run("--check", "tests")
    assert result.exit_code == 2 and "checks.tests.folder leads out of" in result.stderr
    named(tmp_path / "config" / "postil" / "postil.toml", "true", "folder = 'none'\n")
    assert "there is no folder" in run("--check", "tests").stderr


def test_a_workspace_that_is_not_trusted_names_nothing(top: Path, tmp_path: Path) -> None:
    named(top / "postil.toml", "true")
    user = tmp_path / "config" / "postil" / "postil.toml"
    user.parent.mkdir(parents=True)
    user.write_text("trust_workspace = false\n", encoding="utf-8")
    assert "there is no check and no program called 'tests'" in run("--check", "tests").stderr


def test_the_projects_own_command_is_asked_about_in_a_terminal(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "ran"
    (top / "below" / "Makefile").write_text(f"test:\n\techo ran >>{log}\n", encoding="utf-8")
    result = run()
    assert result.exit_code == 2 and "postil fix --check 'make test'" in result.stderr and not log.exists()
    with monkeypatch.context() as terminal:
        terminal.setattr(unnamed_module, "at_terminal", lambda: True)
        terminal.setattr(typer, "confirm", lambda *_, **__: False)
        result = run()
        assert result.exit_code == 2 and "seems to be `make test`" in result.stderr and not log.exists()
        terminal.setattr(typer, "confirm", lambda *_, **__: True)
        assert run().exit_code == 0 and log.exists()
    # The yes is remembered for this line in this place.
    assert run().exit_code == 0 and log.read_text(encoding="utf-8") == "ran\nran\n"


def test_the_repairers_evidence_is_asked_when_nothing_is_named(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    own = tmp_path / "config" / "postil"
    log = tmp_path / "ran"
    named(own / "postil.toml", f"echo ran >>{log}")
    (own / "personas").mkdir()
    persona = own / "personas" / "repairer.Modelfile"
    persona.write_text("#: role: repair\n#: evidence: tests\nFROM m\n", encoding="utf-8")
    assert (run().exit_code, log.exists()) == (0, True)
    persona.write_text("#: role: repair\n#: evidence: nobody\nFROM m\n", encoding="utf-8")
    result = run()
    assert result.exit_code == 2
    assert "evidence names 'nobody', which is no check and no tool: use tests, " in result.stderr
    # The code is clean: the tool is asked, and the check that would guard its fixes needn't be.
    persona.write_text("#: role: repair\n#: evidence: ruff, tests\nFROM m\n", encoding="utf-8")
    result = run()
    assert result.exit_code == 0 and "with ruff" in result.stderr, result.stderr
    # Where no check has that name, `tests` is the project's own command.
    (own / "postil.toml").unlink()
    persona.write_text("#: role: repair\n#: evidence: tests\nFROM m\n", encoding="utf-8")
    (top / "Makefile").write_text("test:\n\ttrue\n", encoding="utf-8")
    result = run()
    assert result.exit_code == 2 and "postil fix --check 'make test'" in result.stderr
