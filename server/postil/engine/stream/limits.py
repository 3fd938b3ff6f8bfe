"""What the HTTP answer of an engine may not be: compressed, a way to another place, or longer than any honest one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx

# A token's line is 1 kB, with twenty alternatives 2; a list of a thousand models 400. For what doesn't come in lines
# it bounds the whole.
MAX_LINE = 4 * 1024 * 1024
# An error page is read this far for its message.
MAX_ERROR = 64 * 1024
# Requested so, an answer of a few bytes can't become gigabytes.
HEADERS = {"Accept-Encoding": "identity"}
_STREAMS = ("application/x-ndjson", "text/event-stream")


class Unfit(httpx.DecodingError):
    """An answer that isn't read; `str` goes on behind "What answers at …"."""


async def bound(response: httpx.Response) -> None:
    """For the `response` hook of a client that doesn't follow redirects. Reading raises Unfit."""
    if response.has_redirect_location:
        place = response.headers["location"][:200]
        raise Unfit(f"sends on to {place!r}, and Postil asks nobody but the address that it is given")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unfit("compresses its answers, though it was asked not to")
    response.stream = _Bounded(response)


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response) -> None:
        # A client made for `await` gives no other.
        self._stream = cast("httpx.AsyncByteStream", response.stream)
        self._failed = response.is_error
        kind = response.headers.get("content-type", "")
        self._in_lines = kind.startswith(_STREAMS)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            end = chunk.rfind(b"\n") if self._in_lines and not self._failed else -1
            size = size + len(chunk) if end < 0 else len(chunk) - end - 1
            if self._failed and size > MAX_ERROR:
                yield chunk[: len(chunk) - (size - MAX_ERROR)]
                return
            if size > MAX_LINE:
                raise Unfit(f"sends more than {MAX_LINE // 1024**2} MiB in one piece")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
