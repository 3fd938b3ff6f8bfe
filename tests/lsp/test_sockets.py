"""The same server over TCP and WebSocket: it says where it listens and answers."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec

import pytest
from tests.lsp.client import PATIENCE, SERVER

WEB_SOCKETS = find_spec("websockets") is not None
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}}


@asynccontextmanager
async def listening(mode: str) -> AsyncGenerator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "postil", "serve", mode, f"127.0.0.1:{port}"),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SERVER)},
    )
    try:
        assert process.stderr is not None
        told = await asyncio.wait_for(process.stderr.readline(), PATIENCE)
        assert told.decode().strip() == f"postil serves on 127.0.0.1:{port}"
        yield port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                # It says where it will listen just before it does.
                await asyncio.sleep(0.01)


async def test_tcp() -> None:
    async with listening("--tcp") as port:
        reader, writer = await _connected(port)
        body = json.dumps(INITIALIZE).encode()
        writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
        answer = json.loads(await asyncio.wait_for(reader.readexactly(length), PATIENCE))
        assert answer["result"]["serverInfo"]["name"] == "postil"
        writer.close()


@pytest.mark.skipif(WEB_SOCKETS, reason="the package is here")
async def test_without_its_package_a_web_socket_says_what_to_install() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "postil", "serve", "--ws", "127.0.0.1:7777"),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SERVER)},
    )
    _, told = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, b"pip install 'postil[ws]'" in told) == (2, True)


@pytest.mark.skipif(not WEB_SOCKETS, reason="websockets, an extra, isn't installed")
async def test_web_socket() -> None:
    from websockets.asyncio.client import connect

    async with listening("--ws") as port:
        _, probe = await _connected(port)
        probe.close()
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as channel:
            await channel.send(json.dumps(INITIALIZE))
            answer = json.loads(await asyncio.wait_for(channel.recv(), PATIENCE))
            assert answer["result"]["serverInfo"]["name"] == "postil"
