"""Tools of MCP servers: what a model is told of them, and their calls. The servers are `service/mcp`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from postil.core.agent.offered.found import FIND_TOOL, chosen, find_tools, found_text
from postil.core.agent.tool import ToolCall, ToolKind, ToolSpec
from postil.service.agent.tools.base import Outcome, Plan, ToolTrouble


class Result(Protocol):
    """What a server answers."""

    @property
    def text(self) -> str: ...

    @property
    def failed(self) -> bool: ...


class Servers(Protocol):
    """What is asked of `service/mcp/servers.py`, whose package is imported only where a server is named."""

    async def tools(self) -> tuple[ToolSpec, ...]: ...

    async def call(
        self, server: str, tool: str, arguments: str, progress: Callable[[str], None] | None = None
    ) -> Result: ...

    def agreed(self, name: str) -> bool: ...

    def agree(self, name: str) -> None: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """As `Tool`, whose arguments are the server's business."""

    spec: ToolSpec
    servers: Servers
    kind: ToolKind = "mcp"
    writes_code: bool = False

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def settled(self) -> bool:
        return self.servers.agreed(self.name)

    def settle(self) -> None:
        self.servers.agree(self.name)

    def read(self, call: ToolCall) -> str:
        """The arguments as they are, an object. Raises ToolTrouble."""
        try:
            value: object = json.loads(call.arguments)
        except (ValueError, RecursionError) as error:
            raise ToolTrouble(f"they are no JSON ({error})") from None
        if not isinstance(value, dict):
            raise ToolTrouble("they are no JSON object")
        return call.arguments

    async def plan(self, asked: str) -> Plan:
        return Plan(f"{self.spec.server}: {self.name} {asked[:200]}")

    async def do(self, asked: str, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        done = await self.servers.call(self.spec.server, self.name, asked, progress)
        return Outcome(done.text, failed=done.failed)


class Finder:
    """The tool that finds others, where there are more than a model can choose among."""

    kind: ToolKind = "read"
    writes_code = False
    settled = True
    spec = FIND_TOOL
    name = FIND_TOOL.name

    def __init__(self, remote: RemoteTools) -> None:
        self._remote = remote

    def settle(self) -> None:
        return

    def read(self, call: ToolCall) -> str:
        try:
            value: object = json.loads(call.arguments)["what"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ToolTrouble("say what the tool should do") from None
        return str(value)

    async def plan(self, asked: str) -> Plan:
        return Plan(f"Look for a tool: {asked[:100]}")

    async def do(self, asked: str, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        found = find_tools(asked, self._remote.specs)
        self._remote.found.update(one.name for one in found)
        return Outcome(found_text(found), failed=not found)


class RemoteTools:
    """Those of all servers that are ready; asked for anew with each turn of the user's. `found`: names that a search
    has brought."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.specs: tuple[ToolSpec, ...] = ()
        self.found: set[str] = set()

    async def refresh(self) -> None:
        self.specs = await self.servers.tools()

    def shown(self, own: Sequence[ToolSpec]) -> tuple[RemoteTool | Finder, ...]:
        """Beside these tools of ours."""
        names = {one.name for one in own}
        picked = chosen((*own, *self.specs), found=self.found)
        remote = [RemoteTool(one, self.servers) for one in picked if one.server]
        return (*remote, Finder(self)) if FIND_TOOL.name in {one.name for one in picked} - names else tuple(remote)
