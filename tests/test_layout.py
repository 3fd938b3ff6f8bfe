"""The folders of tests: each says what it needs, and `make test` runs them all."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LIB = (TESTS.parent / "scripts" / "lib.sh").read_text(encoding="utf-8")
SCRIPT = (TESTS.parent / "scripts" / "test").read_text(encoding="utf-8")
FOLDERS = sorted(path for path in TESTS.iterdir() if any(path.glob("test_*.py")))
# What the tests of a quick folder may not ask for (tests/conftest.py).
PARTS = {"ollama_server", "embedded_gguf"}


def listed(name: str) -> set[str]:
    found = re.search(rf'^{name}="(.*)"$', LIB, re.MULTILINE)
    assert found
    return set(found[1].split())


def test_make_test_runs_every_folder_and_file() -> None:
    quick, parts = listed("QUICK_TESTS"), listed("PARTS_TESTS")
    assert not quick & parts
    run = quick | parts | set(re.findall(r"tests/[\w/.]+", SCRIPT.partition("failed=0")[2]))
    there = {f"tests/{path.name}" for path in (*FOLDERS, *TESTS.glob("test_*.py"))}
    assert run == there


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_folder_says_what_it_needs(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    assert said and re.search(r"^Needs ", said, re.MULTILINE)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_quick_folder_asks_for_no_part(folder: Path) -> None:
    quick = f"tests/{folder.name}" in listed("QUICK_TESTS")
    asking = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.arg) and node.arg in PARTS) or (isinstance(node, ast.Constant) and node.value in PARTS)
    }
    assert not (quick and asking), asking
    if folder.name in ("real", "faults"):
        assert asking, "the control"
