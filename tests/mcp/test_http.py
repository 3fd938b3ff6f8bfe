"""Servers at an address: streamable HTTP in both eras, and answers that are too large, compressed or elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from mcp.server.mcpserver import Context, MCPServer

import postil
from postil.service.mcp.config import ServerConfig
from postil.service.mcp.limits import Limits
from postil.service.mcp.servers import Servers

pytestmark = pytest.mark.slow
LIMITS = Limits(start_seconds=10, list_seconds=10)
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def web(port: int, **headers: str) -> ServerConfig:
    return ServerConfig("web", "user", "x", url=f"http://127.0.0.1:{port}/mcp", headers=tuple(headers.items()))


@asynccontextmanager
async def connected(config: ServerConfig) -> AsyncGenerator[Servers]:
    servers = Servers([config], limits=LIMITS, environment={"TOKEN": "t0ken"})
    try:
        yield servers
    finally:
        await servers.aclose()


@asynccontextmanager
async def served(server: MCPServer[object]) -> AsyncGenerator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(server.streamable_http_app(), log_level="error", lifespan="on")
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            running.should_exit = True
            running.force_exit = True
            await task


def example() -> MCPServer[object]:
    server: MCPServer[object] = MCPServer("example")

    @server.tool()
    async def echo(what: str, context: Context[object, object]) -> str:
        """Says it."""
        await context.report_progress(1, 2, "half")
        return f"{what} {(context.headers or {}).get('authorization')}"

    @server.tool()
    async def grow(context: Context[object, object]) -> str:
        """One more tool."""
        server.add_tool(lambda: "new", name="grown", description="It is new.")
        await context.notify_tools_changed()
        return "grown"

    return server


async def test_calls_headers_progress_and_changes() -> None:
    told: list[str] = []
    async with (
        served(example()) as port,
        connected(web(port, Authorization="Bearer ${env:TOKEN}")) as servers,
    ):
        names = {spec.name for spec in await servers.tools()}
        assert names == {"web_echo", "web_grow"}, servers.troubles
        assert servers.client_of("web").protocol_version == "2026-07-28"
        result = await servers.call("web", "web_echo", '{"what": "hi"}', told.append)
        assert result.text == "hi Bearer t0ken" and told == ["1 of 2: half"]
        assert not (await servers.call("web", "web_grow", "{}")).failed
        async with asyncio.timeout(10):
            while "web_grown" not in {spec.name for spec in await servers.tools()}:  # noqa: ASYNC110 - a server tells it
                await asyncio.sleep(0.02)
        assert (await servers.call("web", "web_echo", '{"what": 7}')).failed


async def test_changes_over_stdio_since_2026(tmp_path: Path) -> None:
    """Told only to whoever listens."""
    script = tmp_path / "server.py"
    script.write_text("from tests.mcp.test_http import example\n\nexample().run()\n", encoding="utf-8")
    root = str(Path(__file__).parents[2])
    path = (("PYTHONPATH", os.pathsep.join([root, str(Path(postil.__file__).parents[1])])),)
    config = ServerConfig("web", "user", "x", command=sys.executable, args=(str(script),), env=path)
    async with connected(config) as servers:
        assert {spec.name for spec in await servers.tools()} == {"web_echo", "web_grow"}, servers.troubles
        assert servers.client_of("web").protocol_version == "2026-07-28"
        assert not (await servers.call("web", "web_grow", "{}")).failed
        async with asyncio.timeout(10):
            while "web_grown" not in {spec.name for spec in await servers.tools()}:  # noqa: ASYNC110 - a server tells it
                await asyncio.sleep(0.02)


@asynccontextmanager
async def playing(answer: Answer) -> AsyncGenerator[int]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()

    listening = await asyncio.start_server(one, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def _send(writer: asyncio.StreamWriter, head: str, *body: bytes) -> None:
    writer.write(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode())
    for piece in body:
        writer.write(piece)
        await writer.drain()


MEGABYTE = b"x" * (1 << 20)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("200 OK\r\nContent-Type: application/json", [b'{"x": "', *[MEGABYTE] * 50]),
        ("200 OK\r\nContent-Type: text/event-stream", [b"data: ", *[MEGABYTE] * 50]),
        ("200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip", [gzip.compress(MEGABYTE * 50)]),
        ("200 OK\r\nContent-Type: application/json", [b"no JSON"]),
        ("200 OK\r\nContent-Type: text/html", [b"<html>"]),
        ("401 Unauthorized", []),
        ("500 Internal", [b"no"]),
    ],
    ids=["large", "large event", "compressed", "garbage", "a page", "no key", "broken"],
)
async def test_an_address_that_answers_wrong_is_told(head: str, body: list[bytes]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _send(writer, head, *body)

    async with playing(answer) as port, connected(web(port)) as servers, asyncio.timeout(30):
        assert await servers.tools(25) == ()
        (trouble,) = servers.troubles
        assert "postil mcp test web" in trouble and len(trouble) < 600


async def test_a_key_is_not_sent_elsewhere() -> None:
    heard: list[bytes] = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"asked")
        await _send(writer, "200 OK")

    async with playing(other) as elsewhere:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _send(writer, f"307 Elsewhere\r\nLocation: http://127.0.0.1:{elsewhere}/mcp")

        async with playing(answer) as port, connected(web(port, Authorization="Bearer ${env:TOKEN}")) as servers:
            assert await servers.tools() == ()
            assert "t0ken" not in "".join(servers.troubles)
    assert heard == []
