"""The layers hold, nothing imports in a circle, and packages and files are of a size that one keeps in mind."""

from __future__ import annotations

import ast
import logging
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "server"
# A reader keeps about this much in mind at once; a file that wants more has a seam somewhere.
MAX_LINES = 400
# Files side by side; a folder that wants more holds two topics.
MAX_FILES = 16

# Imports inside of functions, by file and module, each with its reason. All others stand at the top; what should wait
# is named in postil/lazy.py.
LOCAL_IMPORTS: dict[tuple[str, str], str] = {
    ("postil/__main__.py", "postil.engine.download.overlay"): "only where POSTIL_CATALOGUE is set: tests and CI",
    ("postil/__main__.py", "postil.cli.serve"): "`serve` goes round typer, which costs an editor's start 50 ms",
    ("postil/__main__.py", "postil.cli.app"): "the other commands don't wait for the language server",
    **{
        ("postil/cli/app.py", f"postil.cli.{name}"): "the table of sub-commands: one is imported when it is run"
        for name in (
            "serve",
            "review.command",
            "fix.command",
            "calibrate",
            "personas",
            "models",
            "index",
            "agent.ask",
            "agent.talk",
            "mcp.command",
            "acp.command",
            "doctor.command",
        )
    },
    ("postil/cli/mcp/command.py", "postil.mcp.serve"): "needs an optional package",
    ("postil/cli/mcp/command.py", "postil.service.mcp.servers"): "needs an optional package",
    ("postil/__main__.py", "postil.cli.failures"): "only where something failed that nobody foresaw",
    ("postil/cli/acp/command.py", "postil.acp.serve"): "an optional package stands behind it, and is looked for first",
    (
        "postil/service/agent/session/live.py",
        "postil.service.mcp.servers",
    ): "an optional package, where a server is named",
    ("postil/engine/keys.py", "keyring"): "an optional package",
    ("postil/engine/keys.py", "keyring.errors"): "an optional package",
    ("postil/lsp/rpc/parent.py", "ctypes"): "only on Windows",
}


@dataclass(frozen=True, slots=True)
class Import:
    """Of a module, by a module; `local`: inside of a function."""

    by: str
    of: str
    line: int
    local: bool


def _files(root: Path = SERVER) -> list[Path]:
    return sorted(root.rglob("*.py"))


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(root: Path) -> list[Import]:
    """All imports below `root`: at the top, in functions, and for the type checker alone."""
    names = {_name(path, root) for path in _files(root)}
    found: list[Import] = []
    for path in _files(root):
        by = _name(path, root)
        package = by if path.name == "__init__.py" else by.rpartition(".")[0]
        for node, local in _with_place(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [Import(by, alias.name, node.lineno, local) for alias in node.names]
                continue
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                found.append(Import(by, inner if inner in names else module, node.lineno, local))
    return found


def _with_place(tree: ast.AST, local: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, local
        yield from _with_place(node, local or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def circles(found: Iterable[Import]) -> list[list[str]]:
    """The sets of modules that import each other, directly or by way of others (Tarjan)."""
    graph: dict[str, set[str]] = {}
    for one in found:
        if one.by != one.of:
            graph.setdefault(one.by, set()).add(one.of)
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in graph.get(name, ()):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            at = stack.index(name)
            if len(stack) - at > 1:
                circles.append(sorted(stack[at:]))
            del stack[at:]

    for name in list(graph):
        if name not in order:
            visit(name)
    return circles


def _kept(config: Path) -> bool:
    try:
        return lint_imports(config_filename=str(config), no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS
    finally:
        # It configures logging anew, which switches off all loggers that are there: those of later tests.
        for logger in logging.Logger.manager.loggerDict.values():
            if isinstance(logger, logging.Logger):
                logger.disabled = False


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


def _made(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_no_modules_import_each_other() -> None:
    found = circles(one for one in imports(SERVER) if one.of.startswith("postil"))
    assert found == []


@pytest.mark.parametrize(
    "back",
    ["from made import a", "from .a import x", "def f():\n    import made.a",
     "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.a import x"],
    ids=["at the top", "relative", "in a function", "for the type checker"],
)  # fmt: skip
def test_a_circle_would_be_seen(tmp_path: Path, back: str) -> None:
    """The control, by way of a third module."""
    one = {"made/__init__.py": "", "made/a.py": "from made.deep import b\nx = 1\n", "made/deep/__init__.py": ""}
    made = _made(tmp_path, {**one, "made/deep/b.py": "from made import c\n", "made/c.py": back + "\n"})
    assert circles(imports(made)) == [["made.a", "made.c", "made.deep.b"]]
    assert circles(imports(_made(tmp_path, {"made/c.py": "import os\n"}))) == []


def test_imports_stand_at_the_top() -> None:
    local = {(one.by, one.of, one.line) for one in imports(SERVER) if one.local}
    paths = {_name(path, SERVER): path.relative_to(SERVER) for path in _files()}
    wrong = {
        f"{paths[by]}:{line} imports {of} in a function"
        for by, of, line in local
        if (paths[by].as_posix(), of) not in LOCAL_IMPORTS
    }
    assert wrong == set()
    unused = LOCAL_IMPORTS.keys() - {(paths[by].as_posix(), of) for by, of, _ in local}
    assert unused == set(), "the list names what isn't there"


def test_an_import_in_a_function_would_be_seen(tmp_path: Path) -> None:
    made = _made(
        tmp_path, {"made/__init__.py": "import os\nasync def f():\n    if f:\n        from json import loads\n"}
    )
    assert [(one.of, one.local) for one in imports(made)] == [("os", False), ("json", True)]


def test_pygls_and_lsprotocol_stay_in_lsp() -> None:
    users = {one.by for one in imports(SERVER) if one.of.split(".")[0] in ("pygls", "lsprotocol")}
    assert users and {name for name in users if not name.startswith("postil.lsp.")} == set()


def _folders() -> list[Path]:
    return sorted({path.parent for path in _files()})


def _id(path: Path) -> str:
    return path.relative_to(SERVER).as_posix()


@pytest.mark.parametrize("folder", _folders(), ids=_id)
def test_a_folder_is_one_topic(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) <= MAX_FILES


@pytest.mark.parametrize("folder", _folders(), ids=_id)
def test_a_package_says_what_belongs_there_and_what_does_not(folder: Path) -> None:
    told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "TODO" not in told
    assert len(re.findall(r"[.!](?=\s|$)", told)) >= 2, told


@pytest.mark.parametrize("path", _files(), ids=_id)
def test_a_file_is_small_and_says_its_duty(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    told = ast.get_docstring(ast.parse(text))
    assert told and told.splitlines()[0].strip()
