"""Reads what a tool printed: its findings, or None when it printed no report (it failed before it had looked)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from postil.core.review.finding import Span
from postil.core.verify.findings.compiled_reports import read_cargo, read_shellcheck, read_staticcheck, read_vet
from postil.core.verify.findings.decoding import Found
from postil.core.verify.findings.finding import ToolFinding
from postil.core.verify.findings.python_reports import read_mypy, read_pyright, read_ruff
from postil.core.verify.findings.script_reports import read_eslint, read_tsc
from postil.core.verify.findings.tools import Reads, tools
from postil.core.verify.places import inside

# A run that tells more is about a project that nobody has used the tool on; the rest isn't counted.
MAX_FINDINGS = 10_000
# Messages of type checkers hold whole types. What is longer is cut, so that identities stay small.
MAX_MESSAGE_CHARS = 2_000

_READERS: Mapping[Reads, Callable[[str], list[Found] | None]] = {
    "ruff": read_ruff,
    "mypy": read_mypy,
    "pyright": read_pyright,
    "eslint": read_eslint,
    "tsc": read_tsc,
    "vet": read_vet,
    "staticcheck": read_staticcheck,
    "cargo": read_cargo,
    "shellcheck": read_shellcheck,
}


def read_report(tool: str, text: str, root: str, folder: str) -> tuple[ToolFinding, ...] | None:
    """The findings in a tool's output. `root`: the folder that it ran in the workspace of, whose paths become relative;
    `folder`: where in it, relative. Paths elsewhere stay as they are."""
    found = _READERS[tools()[tool].reads](text)
    return None if found is None else placed(tool, found, root, folder)


def placed(tool: str, found: Iterable[Found], root: str, folder: str) -> tuple[ToolFinding, ...]:
    """The findings with paths relative to the workspace, each place once."""
    kept: dict[ToolFinding, None] = {}
    for one in found:
        path = (inside(one.path, root, folder) or one.path) if one.path else ""
        first = max(0, one.line - 1)
        span = Span(first, max(first + 1, one.end_line))
        kept[ToolFinding(tool, one.rule, one.message[:MAX_MESSAGE_CHARS].strip(), path, span)] = None
        if len(kept) >= MAX_FINDINGS:
            break
    return tuple(kept)
