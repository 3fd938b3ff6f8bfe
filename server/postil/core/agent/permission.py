"""What must be asked before a call, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from postil.core.agent.events import FileChange
from postil.core.agent.tool import ToolCall, ToolKind

# always: for this workspace, and calls of the same kind with the same argv (`run`), tool (`mcp`), or edits.
Answer = Literal["once", "always", "no", "cancelled"]


@dataclass(frozen=True, slots=True)
class PermissionRequest:
    """A call that waits for a yes. `argv`: of the command that would run. `changes`: what would be written. `lasting`:
    whether "always" may be offered; never for what discards work. `settled` False: the tool has changed since the user
    said "always", or they never have: what was kept doesn't count."""

    call: ToolCall
    kind: ToolKind
    title: str
    argv: tuple[str, ...] = ()
    changes: tuple[FileChange, ...] = ()
    server: str = ""
    lasting: bool = False
    settled: bool = True
