"""Serves a client over a WebSocket (requires the extra `ws`)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pygls.io_ import WebSocketWriter
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from postil.lsp.server import PostilServer


async def web_socket(server: PostilServer, host: str, port: int) -> None:
    """Serves one client until it disconnects."""

    async def connected(channel: ServerConnection) -> None:
        server.protocol.set_writer(WebSocketWriter(channel), include_headers=False)
        with suppress(ConnectionClosed):
            while not server.left.is_set():
                server.protocol.take(await channel.recv(decode=False))
                await asyncio.sleep(0)
        server.leave(1)

    async with serve(connected, host, port):
        await server.left.wait()
