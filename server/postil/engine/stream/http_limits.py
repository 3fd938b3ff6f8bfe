"""What the HTTP answers of engines are checked for: no redirects, no compression, no endless lines.

Executed at its first use (`postil.lazy`), because a class of httpx's is the base of one of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx

# The line of a token takes 1 kB, 2 with twenty alternatives; a list of a thousand models takes 400. What doesn't come
# in lines may be this long as a whole.
MAX_LINE = 4 * 1024 * 1024
# Of an error page, for its message.
MAX_ERROR = 64 * 1024
# Asked for so, a compressed answer of a few bytes can't become gigabytes.
HEADERS = {"Accept-Encoding": "identity"}
# The 400 of Go, nginx and Apache to plain http on a port that speaks https.
_SPEAKS_TLS = (
    "http request to an https server",
    "http request was sent to https port",
    "http to an ssl-enabled server",
)
_STREAMS = ("application/x-ndjson", "text/event-stream")


class BadAnswer(httpx.DecodingError):
    """An answer that is not read on; `str(error)` continues "What answers at …"."""


async def check_response(response: httpx.Response) -> None:
    """The `response` hook of a client that doesn't follow redirects. Reading raises BadAnswer from then on."""
    if response.has_redirect_location:
        place = response.headers["location"][:200]
        raise BadAnswer(f"redirects to {place!r}, and Postil sends code only to the address that is set")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadAnswer("compresses its answers, though it was asked not to")
    response.stream = _LimitedStream(response)
    if response.status_code == 400 and response.request.url.scheme == "http":
        text = (await response.aread())[:MAX_ERROR].decode("utf-8", "replace").lower()
        if any(words in text for words in _SPEAKS_TLS):
            raise BadAnswer("speaks https, and the address says http")


class _LimitedStream(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response) -> None:
        # An async client's responses have no other kind.
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
                raise BadAnswer(f"sends more than {MAX_LINE // 1024**2} MiB in one piece")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
