"""What a model is told of a tool, and what it asks of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What a call may do, which decides who is asked. read: of the workspace. edit: writes files there. check: one of the
# user's own commands. run: any other command. network and mcp: what leaves the workspace or is done by somebody else.
ToolKind = Literal["read", "edit", "check", "run", "network", "mcp"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """`schema`: JSON Schema of its arguments as text, an object. `description`: one sentence for the model. `server`:
    the MCP server whose tool it is, "" for one of ours."""

    name: str
    description: str
    schema: str
    kind: ToolKind = "read"
    server: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments`: a JSON object as text, as the model wrote it or as it was mended. `id`: unique in a conversation."""

    id: str
    name: str
    arguments: str
