"""All servers of a conversation: started when first needed, their tools under names that a model can call."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import mcp_types as types
from mcp.client import Client

from postil.core.agent.offered.found import FIND_TOOL
from postil.core.agent.offered.names import tool_names
from postil.core.agent.tool import ToolSpec
from postil.core.text.plain import one_line
from postil.service.mcp.accepted import may_start
from postil.service.mcp.agreed import Agreed
from postil.service.mcp.config import ServerConfig, ServerTrouble
from postil.service.mcp.connection import Connection
from postil.service.mcp.limits import Limits
from postil.service.mcp.listing import (
    RemotePrompt,
    RemoteResource,
    RemoteTool,
    Tools,
    list_prompts,
    list_resources,
    list_tools,
)
from postil.service.mcp.results import RemoteResult, prompt_of, resource_of, result_of

T = TypeVar("T")
Progress = Callable[[str], None]
# What a conversation waits for servers that start. One that takes longer has its tools at the next turn.
WAIT_SECONDS = 10.0


@dataclass(slots=True)
class _Server:
    config: ServerConfig
    agreed: Agreed
    connection: Connection | None = None
    listed: Tools | None = None
    listing: asyncio.Task[None] | None = None
    trouble: str = ""
    starts: deque[float] = field(default_factory=lambda: deque[float](maxlen=2))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # How often it said that its tools are others now, and of how many of these the list knows.
    changes: int = 0
    known: int = 0
    # Calls without an answer, one behind the other.
    silent: int = 0


class Servers:
    """`taken`: names of other tools, which none of these gets. Nothing is started before `tools`, `call` or another
    question. No method but `aclose` raises for what a server does: it is in `troubles`, or in the result."""

    def __init__(
        self,
        configs: Sequence[ServerConfig],
        taken: Collection[str] = (),
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._taken = frozenset((*taken, FIND_TOOL.name))
        self._limits = limits or Limits()
        self._environment = environment if environment is not None else os.environ
        self._clock = clock
        self._servers = {one.name: _Server(one, Agreed(one)) for one in configs if not one.disabled and may_start(one)}
        # Names of servers of the workspace to which the user hasn't said yes.
        self.waiting = tuple(one.name for one in configs if not one.disabled and not may_start(one))
        self._named: dict[str, tuple[str, RemoteTool]] = {}
        self._closed = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the servers that may be used."""
        return tuple(self._servers)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Sentences for the user about servers that can't be used, and tools that are left out."""
        found = [one.trouble for one in self._servers.values() if one.trouble]
        for name, one in self._servers.items():
            found += [f"{name}: {words}" for words in (one.listed.left_out if one.listed else ())]
        return tuple(found)

    @property
    def changed(self) -> frozenset[str]:
        """Names of tools whose definition isn't the one any more to which the user said yes."""
        return frozenset(name for name, (server, tool) in self._named.items() if self._of(server).agreed.changed(tool))

    def agreed(self, name: str) -> bool:
        """Whether the user has said yes to this tool as it is defined now; without it no lasting permission counts."""
        found = self._named.get(name)
        return found is not None and self._of(found[0]).agreed.agreed(found[1])

    def agree(self, name: str) -> None:
        """Remember the user's lasting yes to this tool as it is defined now. Raises OSError."""
        if name in self._named:
            server, tool = self._named[name]
            self._of(server).agreed.agree(tool)

    def hints(self, name: str) -> tuple[str, ...]:
        """What the server says of its tool ("read only"): shown to people, never believed."""
        return self._named[name][1].hints if name in self._named else ()

    def log(self, server: str) -> tuple[str, ...]:
        """The latest lines of a server's standard error."""
        found = self._servers.get(server)
        return found.connection.log if found is not None and found.connection is not None else ()

    def client_of(self, server: str) -> Client:
        """Of a server that is connected, for what it says of itself. Raises ServerTrouble."""
        connection = self._of(server).connection
        if connection is None:
            raise ServerTrouble(f"{server}: it isn't connected")
        return connection.client

    async def tools(self, wait: float = WAIT_SECONDS) -> tuple[ToolSpec, ...]:
        """The tools of all servers that are ready within `wait` seconds."""
        for one in self._servers.values():
            if one.listing is None and not self._closed and not self._fresh(one):
                one.listing = asyncio.create_task(self._list(one))
        running = [one.listing for one in self._servers.values() if one.listing is not None]
        if running:
            await asyncio.wait(running, timeout=wait)
        for name, one in self._servers.items():
            if one.listing is None:
                continue
            if one.listing.done():
                one.listing = None
            elif one.listed is None:
                one.trouble = f"{name}: it is still starting, its tools come later"
        return self._specs()

    async def call(self, server: str, tool: str, arguments: str, progress: Progress | None = None) -> RemoteResult:
        """Call a tool by the name that the model knows. `arguments`: a JSON object as text. Cancelling cancels it at
        the server."""
        found = self._named.get(tool)
        if found is None or found[0] != server:
            return RemoteResult(f"{server}: there is no tool {tool}: use one of those that you were told", failed=True)
        given = _object(arguments)
        if given is None:
            return RemoteResult(f"{tool}: the arguments are no JSON object: write one", failed=True)
        remote, timeout = found[1], self._of(server).config.timeout
        if why := await self._other(self._of(server), remote):
            return RemoteResult(why, failed=True)

        told = progress

        async def report(progress: float, total: float | None, message: str | None) -> None:
            if told is not None:
                told(_progress(progress, total, message))

        # Not `client.call_tool`: it checks results against the server's own schema, whose patterns may take for ever.
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=remote.name, arguments=given))

        async def ask(client: Client) -> types.CallToolResult:
            return await client.session.send_request(
                request, types.CallToolResult, request_read_timeout_seconds=timeout + 1, progress_callback=report
            )

        return await self._asked(server, ask, timeout, lambda result: result_of(result, self._limits.result_chars))

    async def prompts(self, server: str) -> tuple[RemotePrompt, ...]:
        """What a server offers as prompts; none for one that can't be used."""
        return await self._listed(server, lambda client: list_prompts(client, self._limits))

    async def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> RemoteResult:
        """A prompt's text."""
        return await self._asked(
            server,
            lambda client: client.get_prompt(name, dict(arguments)),
            self._limits.list_seconds,
            lambda result: prompt_of(result, self._limits.result_chars),
        )

    async def resources(self, server: str) -> tuple[RemoteResource, ...]:
        """What a server offers to read; nothing for one that can't be used."""
        return await self._listed(server, lambda client: list_resources(client, self._limits))

    async def read(self, server: str, uri: str) -> RemoteResult:
        """A resource's text."""
        return await self._asked(
            server,
            lambda client: client.read_resource(uri),
            self._limits.list_seconds,
            lambda result: resource_of(result, self._limits.result_chars),
        )

    async def aclose(self) -> None:
        """No process and no connection is left."""
        self._closed = True
        listing = [one.listing for one in self._servers.values() if one.listing is not None]
        for task in listing:
            task.cancel()
        await asyncio.gather(*listing, return_exceptions=True)
        open_ones = [one.connection for one in self._servers.values() if one.connection is not None]
        await asyncio.gather(*(one.aclose() for one in open_ones))

    def _of(self, server: str) -> _Server:
        found = self._servers.get(server)
        if found is None:
            raise ServerTrouble(f"there is no MCP server {server!r} that may be used: `postil mcp list` shows them")
        return found

    async def _other(self, one: _Server, tool: RemoteTool) -> str:
        """Why this tool can't be called as the one that was shown; "" if it can. A server that was started again, or
        says that its tools have changed, is asked for them first."""
        try:
            await self._connected(one)
        except ServerTrouble as trouble:
            return str(trouble)
        if not self._fresh(one):
            await self._list(one)
        now = next((other for other in (one.listed.tools if one.listed else ()) if other.name == tool.name), None)
        if now is None:
            return one.trouble or f"{one.config.name}: it has no tool {one_line(tool.name)[:80]} any more"
        if now.digest != tool.digest:
            return f"{one.config.name}: it has changed what {one_line(tool.name)[:80]} is: look at its tools again"
        return ""

    def _fresh(self, one: _Server) -> bool:
        connected = one.connection is not None and one.connection.alive
        return one.listed is not None and connected and one.known == one.changes

    def _specs(self) -> tuple[ToolSpec, ...]:
        tools = [
            (name, tool) for name, one in self._servers.items() for tool in (one.listed.tools if one.listed else ())
        ]
        named = tool_names(((server, tool.name) for server, tool in tools), self._taken)
        self._named = {named[server, tool.name]: (server, tool) for server, tool in tools}
        return tuple(
            ToolSpec(name, tool.description, tool.schema, "mcp", server) for name, (server, tool) in self._named.items()
        )

    async def _list(self, one: _Server) -> None:
        """Connect, and read the list of tools."""
        try:
            connection = await self._connected(one)
            known = one.changes
            seconds = self._limits.list_seconds
            one.listed = await connection.request(lambda client: list_tools(client, one.config, self._limits), seconds)
            one.known, one.trouble = known, ""
        except ServerTrouble as trouble:
            one.listed, one.trouble = None, str(trouble)

    async def _connected(self, one: _Server) -> Connection:
        """Raises ServerTrouble."""
        async with one.lock:
            if one.connection is not None and one.connection.alive:
                return one.connection
            if self._closed:
                raise ServerTrouble(f"{one.config.name}: the conversation is over")
            now = self._clock()
            within = self._limits.restart_seconds
            if len(one.starts) == 2 and now - one.starts[0] < within:
                why = one.trouble or f"{one.config.name}: it ended"
                again = f"it was started twice within {within:g} s and isn't started again so soon"
                raise ServerTrouble(why if again in why else f"{why} ({again})")
            one.starts.append(now)
            if one.connection is not None:
                await one.connection.aclose()

            def changed() -> None:
                one.changes += 1

            # What is started anew may have other tools.
            changed()
            one.connection = Connection(one.config, self._limits, self._environment, changed)
            await one.connection.open()
            return one.connection

    async def _asked(
        self, server: str, make: Callable[[Client], Awaitable[T]], seconds: float, text: Callable[[T], RemoteResult]
    ) -> RemoteResult:
        try:
            one = self._of(server)
            connection = await self._connected(one)
            began = self._clock()
            try:
                result = await connection.request(make, seconds)
            except ServerTrouble as trouble:
                one.trouble = str(trouble)
                silent = connection.alive and self._clock() - began >= seconds
                one.silent = one.silent + 1 if silent else 0
                if one.silent >= 2:
                    # It hangs: the next call starts it anew.
                    one.silent = 0
                    await connection.aclose()
                raise
            one.trouble, one.silent = "", 0
            return text(result)
        except ServerTrouble as trouble:
            return RemoteResult(str(trouble), failed=True)

    async def _listed(self, server: str, make: Callable[[Client], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
        try:
            one = self._of(server)
            connection = await self._connected(one)
            return await connection.request(make, self._limits.list_seconds)
        except ServerTrouble as trouble:
            if server in self._servers:
                self._servers[server].trouble = str(trouble)
            return ()


def _object(text: str) -> dict[str, object] | None:
    try:
        found: object = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _progress(done: float, total: float | None, message: str | None) -> str:
    count = f"{done:g} of {total:g}" if total else f"{done:g}"
    return f"{count}: {one_line(message)[:200]}" if message else count
