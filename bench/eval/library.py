"""Functions of Python's standard library: good code, on which every note is noise."""

from __future__ import annotations

import ast
import random
import sysconfig
import textwrap
from dataclasses import dataclass
from pathlib import Path

# Pure Python, many hands, long in use. The held-out modules were never looked at while anything was tuned.
MODULES = {
    "tune": (
        "argparse",
        "calendar",
        "configparser",
        "csv",
        "difflib",
        "fnmatch",
        "ftplib",
        "gettext",
        "http.cookies",
        "json.decoder",
        "mailbox",
        "plistlib",
        "sched",
        "shlex",
        "statistics",
        "string",
        "textwrap",
        "urllib.parse",
        "zipfile",
    ),
    "held-out": (
        "ast",
        "bdb",
        "cmd",
        "codecs",
        "colorsys",
        "contextlib",
        "copy",
        "dataclasses",
        "dis",
        "email.message",
        "email.utils",
        "filecmp",
        "fileinput",
        "fractions",
        "functools",
        "getopt",
        "glob",
        "gzip",
        "heapq",
        "imaplib",
        "inspect",
        "locale",
        "netrc",
        "optparse",
        "pickle",
        "poplib",
        "pprint",
        "queue",
        "random",
        "reprlib",
        "rlcompleter",
        "selectors",
        "shutil",
        "smtplib",
        "socketserver",
        "tempfile",
        "tokenize",
        "trace",
        "traceback",
        "uuid",
        "wave",
        "weakref",
    ),
}
LINES = (8, 60)


@dataclass(frozen=True, slots=True)
class Function:
    """A function's source by itself, at the left margin."""

    name: str
    source: str

    @property
    def lines(self) -> int:
        return self.source.count("\n")


def functions(split: str, lines: int, seed: int = 3) -> list[Function]:
    """Functions of the split's modules in a fixed random order, until they have `lines` lines together."""
    found: list[Function] = []
    for module in MODULES[split]:
        # Not through the import system: some modules are frozen into the interpreter.
        base = Path(sysconfig.get_path("stdlib"), *module.split("."))
        path = next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)
        if path is None:
            continue
        text = path.read_text(encoding="utf-8")
        rows = text.split("\n")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef) or node.end_lineno is None:
                continue
            if LINES[0] <= node.end_lineno - node.lineno + 1 <= LINES[1]:
                first = min([node.lineno, *(item.lineno for item in node.decorator_list)]) - 1
                source = textwrap.dedent("\n".join(rows[first : node.end_lineno]) + "\n")
                found.append(Function(f"{module}.{node.name}", source))
    random.Random(seed).shuffle(found)
    kept: list[Function] = []
    while found and sum(function.lines for function in kept) < lines:
        kept.append(found.pop(0))
    return kept
