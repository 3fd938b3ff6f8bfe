"""`postil doctor`: what it finds, what it misses, and that its advice is the command that mends it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from postil.cli.app import app
from postil.cli.doctor_checks import memory_bytes


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it: no settings, no Ollama, no model. The folder is where the user is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    monkeypatch.setenv("OLLAMA_HOST", f"http://127.0.0.1:{closed}")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("postil.cli.user_settings.user_file", lambda: tmp_path / "user.toml")
    here = tmp_path / "project"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", *arguments])
    return result.exit_code, result.stdout


def test_nothing_is_here(bare: Path) -> None:
    code, out = run()
    assert code == 1
    assert "postil models pull qwen2.5-coder:1.5b --engine embedded" in out
    assert "ollama serve" in out
    assert "A review can't run yet" in out


def test_memory_is_plausible() -> None:
    memory = memory_bytes()
    assert memory is None or 100e6 < memory < 1e14


def test_nothing_heavy_is_imported_for_help() -> None:
    """`postil --help` reads each command's module; none may execute an engine's library or the language server."""
    code = (
        "import sys\nfrom postil import lazy\nlazy.install()\n"
        "from typer.testing import CliRunner\nfrom postil.cli.app import app\n"
        "result = CliRunner().invoke(app, ['--help'])\nassert result.exit_code == 0, result.output\n"
        "assert 'doctor' in result.output\n"
        "heavy = ('xllamacpp', 'ollama', 'httpx', 'pygls', 'numpy', 'mcp')\n"
        "print([name for name in heavy if name in sys.modules and name not in lazy.waiting()])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.returncode) == ("[]", 0), found.stderr
