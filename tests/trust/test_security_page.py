"""SECURITY.md promises nothing that no test shows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/.]+\.py)::(\w+)`")


def _rows() -> list[str]:
    """The lines of the tables of promises."""
    lines, rows, inside = PAGE.split("\n"), [], False
    for line in lines:
        if not line.startswith("|"):
            inside = False
        elif line.startswith("| what holds"):
            inside = True
        elif inside and not line.startswith("|---"):
            rows.append(line)
    return rows


def test_every_line_names_a_test() -> None:
    rows = _rows()
    assert len(rows) >= 40
    assert [row for row in rows if not NAMED.search(row)] == []


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    missing = []
    for file, test in named:
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        if test not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}:
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_file_of_these_tests_is_on_the_page() -> None:
    files = {path.name for path in (ROOT / "tests/trust").glob("test_*.py")}
    assert {name for name in files if name not in PAGE} == set()
