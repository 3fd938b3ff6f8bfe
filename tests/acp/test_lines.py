"""Whatever an editor sends, each request is answered once and the process lives on; what it says is one line each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from postil.acp import lines as module
from postil.acp.lines import Lines
from postil.acp.serve import serve
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.store import MemorySessions
from postil.service.engines import EngineHolder

PATIENCE = 20.0


class Pipe:
    """A door and the bytes that go to it and come from it."""

    def __init__(self, write: int, read: int) -> None:
        self._write = write
        self._reader = os.fdopen(read, "rb")

    async def send(self, data: bytes) -> None:
        def whole() -> None:
            view = memoryview(data)
            while view:
                view = view[os.write(self._write, view) :]

        await asyncio.to_thread(whole)

    async def request(self, number: int | str, method: str, params: Any = None) -> None:
        await self.send(
            json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
        )

    async def heard(self) -> dict[str, Any]:
        """The next message."""
        line = await asyncio.wait_for(asyncio.to_thread(self._reader.readline), PATIENCE)
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        os.close(self._write)


@asynccontextmanager
async def piped(tmp_path: Path) -> AsyncGenerator[tuple[Pipe, asyncio.Task[None]]]:
    engine = ScriptedEngine([Rule.parse({"kind": "agent", "chunks": [{"text": "Done."}]})], tmp_path / "journal")
    to_door, write = os.pipe()
    read, from_door = os.pipe()
    engines = SharedEngines(lambda: EngineHolder(lambda settings: scripted_choice(engine)))
    served = asyncio.create_task(serve(Lines(to_door, from_door), engines, MemorySessions()))
    pipe = Pipe(write, read)
    try:
        yield pipe, served
    finally:
        with contextlib.suppress(OSError):
            pipe.close()
        await asyncio.wait_for(served, PATIENCE)


GARBAGE = [
    (b"what?", -32700),
    (b"{", -32700),
    (b"\xff\xfe\x00", -32700),
    (b"[" * 100_000, -32700),
    (b"[1, 2]", -32600),
    (b"17", -32600),
    (b"null", -32600),
    (b'"text"', -32600),
    (b'{"id": 1, "method": 7}', -32600),
    (b'{"id": [1], "method": "initialize"}', -32600),
    (b'{"id": true, "method": "initialize"}', -32600),
    (b'{"id": 1, "method": "initialize", "params": [1]}', -32602),
    (b'{"id": 1, "method": "session/new", "params": {"cwd": {}, "mcpServers": []}}', -32602),
    (b'{"id": 1, "method": "session/new"}', -32602),
    (b'{"id": 1, "method": "session/prompt", "params": {"sessionId": "x", "prompt": [{"type": "hologram"}]}}', -32602),
    (b'{"id": 1, "method": "no/such"}', -32601),
    (b'{"id": 1, "method": "_mine/own", "params": {}}', -32601),
    (b'{"id": 1, "method": "session/new", "params": {"cwd": "/\\ud800", "mcpServers": []}}', -32602),
]


@pytest.mark.parametrize(("line", "code"), GARBAGE, ids=[line[:60].decode("latin-1") for line, _ in GARBAGE])
async def test_garbage_is_answered_with_an_error_and_the_next_request_works(
    tmp_path: Path, folder: Path, line: bytes, code: int
) -> None:
    async with piped(tmp_path) as (pipe, served):
        await pipe.send(line + b"\n")
        answer = await pipe.heard()
        assert answer["error"]["code"] == code and len(json.dumps(answer)) < 4_000
        await pipe.request("next", "initialize", {"protocolVersion": 1})
        answer = await pipe.heard()
        assert answer["id"] == "next" and answer["result"]["protocolVersion"] == 1
        assert not served.done()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b"{}",
        b'{"id": [1], "result": {}}',
        b'{"id": {"a": 1}, "error": {}}',
        b'{"id": 0, "error": "no object"}',
        b'{"id": 4711, "result": {}}',
        b'{"method": "no/such"}',
        b'{"method": "session/cancel"}',
        b'{"method": "session/cancel", "params": [1]}',
        b'{"method": "session/cancel", "params": {"sessionId": {}}}',
        b'{"method": "$/cancel_request", "params": {"requestId": 1}}',
    ],
)
async def test_what_asks_for_nothing_gets_no_answer(tmp_path: Path, folder: Path, line: bytes) -> None:
    async with piped(tmp_path) as (pipe, served):
        await pipe.send(line + b"\n")
        await pipe.request(1, "initialize", {"protocolVersion": 1})
        assert (await pipe.heard())["id"] == 1
        assert not served.done()


async def test_a_line_that_is_too_long_is_skipped(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 200_000)
    async with piped(tmp_path) as (pipe, _):
        # The answer comes before the line has ended; the pipe never fills up.
        await pipe.send(b"x" * 3_000_000 + b"\n")
        assert (await pipe.heard())["error"]["code"] == -32700
        await pipe.request(1, "initialize", {"protocolVersion": 1})
        assert (await pipe.heard())["id"] == 1


async def test_each_request_is_answered_once_in_the_order_of_the_protocol(tmp_path: Path, folder: Path) -> None:
    """What an editor is told of a session comes behind the answer that names it."""
    async with piped(tmp_path) as (pipe, _):
        await pipe.request(1, "initialize", {"protocolVersion": 999})
        assert (await pipe.heard())["result"]["protocolVersion"] == 1
        await pipe.request(2, "session/new", {"cwd": str(folder), "mcpServers": []})
        answer = await pipe.heard()
        assert answer["id"] == 2
        session = answer["result"]["sessionId"]
        told = await pipe.heard()
        assert told["params"]["update"]["sessionUpdate"] == "available_commands_update"
        await pipe.request(3, "session/prompt", {"sessionId": session, "prompt": [{"type": "text", "text": "hi"}]})
        heard = [await pipe.heard()]
        while "id" not in heard[-1]:
            heard.append(await pipe.heard())
        assert heard[-1] == {"jsonrpc": "2.0", "id": 3, "result": {"stopReason": "end_turn"}}
        assert any(one["params"]["update"].get("content", {}).get("text") == "Done." for one in heard[:-1])


async def test_the_end_of_stdin_ends_all(tmp_path: Path, folder: Path) -> None:
    async with piped(tmp_path) as (pipe, served):
        await pipe.request(1, "initialize", {"protocolVersion": 1})
        await pipe.heard()
        pipe.close()
        await asyncio.wait_for(served, PATIENCE)


async def test_an_editor_that_no_longer_reads_ends_all(tmp_path: Path, folder: Path) -> None:
    to_door, write = os.pipe()
    read, from_door = os.pipe()
    served = asyncio.create_task(serve(Lines(to_door, from_door), SharedEngines(), MemorySessions()))
    os.close(read)
    os.write(write, b'{"id": 1, "method": "initialize", "params": {"protocolVersion": 1}}\n')
    await asyncio.wait_for(served, PATIENCE)
    os.close(write)


def test_threads_end_with_their_pipes() -> None:
    """The control of the tests above: none of them has left a thread behind that waits for a pipe."""
    for thread in threading.enumerate():
        if thread.name.startswith("acp "):
            thread.join(PATIENCE)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("acp ")]
