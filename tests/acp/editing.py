"""An editor by the protocol's own Python client: it writes down what it is told, and answers as a test wants."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import acp
from acp import schema
from postil.acp.lines import Lines
from postil.acp.serve import serve
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.store import MemorySessions, Sessions
from postil.service.engines import EngineHolder

# For a machine that does other things too; a condition that holds ends the wait at once.
PATIENCE = 20.0
MODEL = "scripted-agent:14b"


def says(text: str, contains: str = "", **more: Any) -> dict[str, Any]:
    """A rule: the answer to a request whose last message contains this."""
    return {"kind": "agent", "match": {"contains": contains}, "chunks": [{"text": text}], **more}


def call(name: str, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def edit(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


@dataclass
class Editor:
    """`answer`: the option that is chosen, "cancelled", or None: no answer before the connection ends. `buffers`: what
    is open, by path; with `broken` the editor answers for no file. `hangs`: the methods that never answer."""

    answer: str | None = "once"
    buffers: dict[str, str] = field(default_factory=dict[str, str])
    broken: bool = False
    updates: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    permissions: list[tuple[schema.ToolCallUpdate, list[schema.PermissionOption]]] = field(
        default_factory=list[tuple[schema.ToolCallUpdate, list[schema.PermissionOption]]]
    )
    read: list[str] = field(default_factory=list[str])
    written: dict[str, str] = field(default_factory=dict[str, str])

    async def request_permission(
        self, session_id: str, tool_call: schema.ToolCallUpdate, options: list[schema.PermissionOption], **more: Any
    ) -> schema.RequestPermissionResponse:
        self.permissions.append((tool_call, options))
        if self.answer is None:
            await asyncio.Event().wait()
        if self.answer == "cancelled":
            return schema.RequestPermissionResponse(outcome=schema.DeniedOutcome(outcome="cancelled"))
        chosen = schema.AllowedOutcome(outcome="selected", option_id=self.answer or "")
        return schema.RequestPermissionResponse(outcome=chosen)

    async def session_update(self, session_id: str, update: Any, **more: Any) -> None:
        self.updates.append((session_id, update))

    async def read_text_file(self, session_id: str, path: str, **more: Any) -> schema.ReadTextFileResponse:
        self.read.append(path)
        if self.broken or path not in self.buffers:
            raise acp.RequestError.resource_not_found(path)
        return schema.ReadTextFileResponse(content=self.buffers[path])

    async def write_text_file(self, session_id: str, path: str, content: str, **more: Any) -> None:
        if self.broken:
            raise acp.RequestError.internal_error()
        self.written[path] = self.buffers[path] = content

    def on_connect(self, conn: Any) -> None:
        """Nothing is to be done."""

    # -- what was told

    def of(self, kind: str, session: str = "") -> list[Any]:
        return [one for id, one in self.updates if one.session_update == kind and session in ("", id)]

    def text(self, session: str = "") -> str:
        return "".join(one.content.text for one in self.of("agent_message_chunk", session))

    def status(self, id: str) -> str:
        """The latest of a call."""
        kinds = ("tool_call", "tool_call_update")
        told = [one for _, one in self.updates if one.session_update in kinds and one.tool_call_id == id]
        return [one.status for one in told if one.status][-1]

    def calls(self) -> list[Any]:
        return self.of("tool_call")


@dataclass
class Served:
    """A door that runs. `engine`: what its model has been asked."""

    agent: Any
    editor: Editor
    journal: Path
    write: Callable[[bytes], None]

    async def session(self, folder: Path) -> str:
        return (await self.agent.new_session(cwd=str(folder), mcp_servers=[])).session_id

    async def ask(self, session: str, text: str) -> Any:
        return await asyncio.wait_for(self.begin(session, text), PATIENCE)

    def begin(self, session: str, text: str) -> Awaitable[Any]:
        return self.agent.prompt(session_id=session, prompt=[acp.text_block(text)])

    def steps(self) -> list[str]:
        """What became of the model's requests so far."""
        if not self.journal.exists():
            return []
        return [json.loads(line)["event"] for line in self.journal.read_text(encoding="utf-8").splitlines()]

    @property
    def running(self) -> int:
        """Requests of the model's that have begun and not ended."""
        steps = self.steps()
        return 2 * steps.count("started") - len(steps)


async def until(holds: Callable[[], Any], what: str = "the condition") -> Any:
    """Waits until `holds()` is true, and returns it."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, f"waited for {what}"
        # Some conditions are files: they wake nobody.
        await asyncio.sleep(0.005)
    return found


@asynccontextmanager
async def serving(
    tmp_path: Path,
    rules: list[dict[str, Any]],
    editor: Editor | None = None,
    store: Sessions | None = None,
    *,
    files: bool = True,
) -> AsyncGenerator[Served]:
    """A door in this process, behind real pipes. `files`: the editor reads and writes files."""
    there, journal = editor or Editor(), tmp_path / "journal"
    # A conversation's model is in the script only with a rule for it.
    engine = ScriptedEngine([Rule.parse(rule) for rule in (*rules, says("Done."))], journal)
    engines = SharedEngines(lambda: EngineHolder(lambda settings: scripted_choice(engine)))
    to_door, from_editor = os.pipe()
    to_editor, from_door = os.pipe()
    served = asyncio.create_task(serve(Lines(to_door, from_door), engines, store or MemorySessions()))
    reader, writer = await _streams(to_editor, from_editor)
    agent = acp.connect_to_agent(there, writer, reader, use_unstable_protocol=True)  # pyright: ignore
    reads = schema.FileSystemCapabilities(read_text_file=files, write_text_file=files)
    try:
        await agent.initialize(
            protocol_version=acp.PROTOCOL_VERSION, client_capabilities=schema.ClientCapabilities(fs=reads)
        )
        yield Served(agent, there, journal, writer.write)
    finally:
        writer.close()
        await asyncio.wait_for(served, PATIENCE)
        with suppress(OSError):
            os.close(from_door)
        await agent.close()


async def _streams(read: int, write: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb"))
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(write, "wb"))
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


def lines(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
