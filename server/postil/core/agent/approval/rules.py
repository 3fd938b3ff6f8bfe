"""Which calls are allowed, asked about, or denied: by kind, the mode, trust, and what the user has agreed to for ever.

The rules are the user's. Nothing that a workspace, a model or a server says widens them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from postil.core.agent.approval.commands import Shape, covers, never_kept, shape_of
from postil.core.agent.permission import PermissionRequest
from postil.core.agent.tool import ToolKind

# ask: only reading. edit: edits and runs are asked about. auto: edits within the workspace go without a question.
Mode = Literal["ask", "edit", "auto"]
Verdict = Literal["allow", "ask", "deny"]

# What writes settings of tools that start programs: asked about in every mode.
_SETTINGS = frozenset({"postil.toml", "modelfile"})


@dataclass(frozen=True, slots=True)
class Kept:
    """An "always" of the user's for one workspace. `shape`: of `run`. `tool`: the name of it, of `edit` and `mcp`;
    `server`: of `mcp`."""

    kind: ToolKind
    shape: Shape | None = None
    tool: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the user has said so far. `workspace`: absolute path, links resolved."""

    workspace: str
    mode: Mode = "edit"
    trusted: bool = False
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """`why`: of "deny", a sentence for the model; of "ask", why the yes holds only once, for people. `keep`: what
    "always" would keep, None where it may not be offered."""

    verdict: Verdict
    why: str = ""
    keep: Kept | None = None


_ALLOW = Ruling("allow")


def rule(request: PermissionRequest, standing: Standing) -> Ruling:
    """What follows for a call. Reading is allowed here; which files may be read is the workplace's to say."""
    if request.kind == "read":
        return _ALLOW if not request.argv and not request.changes else _deny("reading changes and runs nothing")
    if not standing.trusted:
        return _deny("this workspace isn't trusted: only what is open in the editor may be read, nothing else")
    if standing.mode == "ask":
        return _deny("in this mode nothing is changed, run or sent: only reading is allowed. Tell the user what to do")
    match request.kind:
        case "edit":
            return _edit(request, standing)
        case "check":
            # With an argv the user hasn't said yes to this line; that yes is kept by line and folder, elsewhere.
            return _ALLOW if not request.argv else Ruling("ask", "it is a line of the workspace's settings")
        case "run":
            return _run(request.argv, standing)
        case "mcp":
            return _mcp(request, standing)
        case "network":
            return Ruling("ask", "what leaves this machine is asked about each time")


def _edit(request: PermissionRequest, standing: Standing) -> Ruling:
    paths = [_below(standing.workspace, change.path) for change in request.changes]
    if any(path is None for path in paths):
        return _deny("files outside of the workspace are never written")
    if any(".git" in (path or "").lower().split("/") for path in paths):
        return _deny("what is git's is never written")
    if request.argv:
        # It proves its edits by a command that the user hasn't agreed to.
        return Ruling("ask", "it runs a line of the workspace's settings")
    if any(_starts_programs(path or "") for path in paths):
        return Ruling("ask", "files of this name can make other tools start programs")
    keep = Kept("edit", tool=request.call.name)
    return _ALLOW if standing.mode == "auto" or keep in standing.kept else Ruling("ask", keep=keep)


def _run(argv: Sequence[str], standing: Standing) -> Ruling:
    if not argv or not argv[0]:
        return _deny("there is no command")
    if any("\0" in word for word in argv):
        return _deny("a word of a command can't hold a NUL")
    if why := never_kept(argv):
        return Ruling("ask", why)
    if any(one.kind == "run" and one.shape is not None and covers(one.shape, argv) for one in standing.kept):
        return _ALLOW
    return Ruling("ask", keep=Kept("run", shape_of(argv)))


def _mcp(request: PermissionRequest, standing: Standing) -> Ruling:
    if not request.server:
        return Ruling("ask")
    keep = Kept("mcp", tool=request.call.name, server=request.server)
    return _ALLOW if keep in standing.kept and request.settled else Ruling("ask", keep=keep)


def _deny(why: str) -> Ruling:
    return Ruling("deny", why)


def _below(workspace: str, path: str) -> str | None:
    """The path relative to the workspace; None for one outside."""
    root, full = (text.replace("\\", "/").rstrip("/") for text in (workspace, path))
    inside = full[len(root) + 1 :] if full.startswith(f"{root}/") else ""
    return None if not inside or {"", ".", ".."} & set(inside.split("/")) or "\0" in inside else inside


def _starts_programs(path: str) -> bool:
    """Hidden files and folders (.vscode, .github, .husky, .envrc, .mcp.json), and Postil's own."""
    parts = re.split("/", path.lower())
    return any(part.startswith(".") for part in parts) or parts[-1] in _SETTINGS
