"""The layers hold, files stay small, and each says its duty."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "server"
# A reader keeps about this much in mind at once; a file that wants more has a seam somewhere.
MAX_LINES = 400


def _files() -> list[Path]:
    return sorted(SERVER.rglob("*.py"))


def _kept(config: Path) -> bool:
    return lint_imports(config_filename=str(config), no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS


def test_the_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(SERVER))
    kept = _kept(ROOT / "pyproject.toml")
    told = capsys.readouterr().out
    assert kept, told
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert f"{len(contracts['contracts'])} kept, 0 broken" in told


def test_a_forbidden_import_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control: a contract that today's code breaks is reported as broken."""
    monkeypatch.syspath_prepend(str(SERVER))
    config = tmp_path / "broken.toml"
    config.write_text(
        '[tool.importlinter]\nroot_package = "postil"\n[[tool.importlinter.contracts]]\n'
        'name = "upside down"\ntype = "layers"\nlayers = ["postil.core", "postil.engine"]\n',
        encoding="utf-8",
    )
    assert not _kept(config)
    assert "0 kept, 1 broken" in capsys.readouterr().out


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.relative_to(SERVER).as_posix())
def test_a_file_is_small_and_says_its_duty(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    told = ast.get_docstring(ast.parse(text))
    assert told and told.splitlines()[0].strip()
