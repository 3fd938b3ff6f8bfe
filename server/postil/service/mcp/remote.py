"""A server at an address: streamable HTTP, with answers that are bounded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from mcp.client.streamable_http import streamable_http_client

from postil.service.mcp.config import ServerConfig
from postil.service.mcp.limits import Limits, Streams


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error behind so many bytes."""

    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._stream:
            read += len(piece)
            if read > self._most:
                raise httpx2.ReadError("it sent far too much")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Transport(httpx2.AsyncHTTPTransport):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # Nothing compressed: a few bytes could become gigabytes behind this bound.
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            await response.aclose()
            raise httpx2.RemoteProtocolError("its answer is compressed, which wasn't asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, self._most)
        return response


@asynccontextmanager
async def remote(config: ServerConfig, limits: Limits) -> AsyncGenerator[Streams]:
    """The streams of a connection. Redirects to another origin aren't followed (by the package)."""
    client = httpx2.AsyncClient(
        headers=dict(config.headers),
        timeout=httpx2.Timeout(limits.list_seconds, read=config.timeout),
        transport=_Transport(limits.most_bytes),
    )
    async with (
        client,
        streamable_http_client(config.url, http_client=client, max_sse_event_size=limits.line_bytes) as streams,
    ):
        yield streams
