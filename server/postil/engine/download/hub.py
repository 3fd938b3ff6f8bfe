"""Downloads from the model hub: HTTPS with Range requests, through the proxy that the environment names.

HF_ENDPOINT, HF_TOKEN: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
The redirect to a large file's storage has the SHA-256 in its header X-Linked-Etag.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator

import httpx

from postil.core.models.catalogue import HubSource
from postil.engine.download.sink import Sink, SourceFailed, check_room
from postil.engine.network import transport
from postil.engine.network.access import Access

_DEFAULT_ENDPOINT = "https://huggingface.co"
# Without a network the next source's turn should come before the user wonders.
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
# Tries in a row that bring nothing; a try that brings something starts the count again.
_TRIES = 3
_PAUSE_SECONDS = 1.0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def endpoint() -> str:
    """The hub's address."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or _DEFAULT_ENDPOINT


def client(ca_file: str | None) -> httpx.AsyncClient:
    """A client for requests to the hub. `ca_file`: the setting tls.ca_file."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        follow_redirects=True,
        trust_env=False,
        transport=transport.Transport(Access("HF_ENDPOINT", ca_file=ca_file)),
    )


def headers() -> dict[str, str]:
    """Of every request: the user's token for repositories that want one, and that the body comes as it is."""
    # With a content encoding the lengths would be wrong.
    found = {"Accept-Encoding": "identity"}
    token = os.environ.get("HF_TOKEN")
    if token:
        found["Authorization"] = f"Bearer {token}"
    return found


class HubDownload:
    """Fills a sink from the hub."""

    def __init__(self, source: HubSource, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self._url = f"{endpoint()}/{source.repo}/resolve/main/{source.file}"

    async def __call__(self, sink: Sink) -> AsyncGenerator[int]:
        failures, began = 0, False
        async with client(self._ca_file) as asking:
            while sink.size is None or sink.length < sink.size:
                before, reason = sink.length, "it ends too early"
                try:
                    async with asking.stream("GET", self._url, headers=_range(sink)) as response:
                        self._begin(response, sink)
                        began = True
                        async for block in response.aiter_raw():
                            await sink.write(block)
                            yield sink.length
                except (httpx.TooManyRedirects, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                    raise SourceFailed(f"{self._url}: {_reason(error)}") from error
                except transport.Unreachable as error:
                    raise SourceFailed(f"can't be reached. {error}") from error
                except httpx.TransportError as error:
                    reason = _reason(error)
                    if not began:
                        raise SourceFailed(f"can't be reached ({reason})") from error
                failures = 0 if sink.length > before else failures + 1
                if failures >= _TRIES:
                    raise SourceFailed(f"the connection breaks again and again ({reason})")
                await asyncio.sleep(_PAUSE_SECONDS * failures)

    def _begin(self, response: httpx.Response, sink: Sink) -> None:
        """Checks the answer's head. Raises SourceFailed unless the body continues where the sink ends."""
        if response.status_code == 416:
            # What is there is longer than the file: a partial of something else.
            sink.restart()
            raise SourceFailed("the file there is shorter than what was fetched; it was removed, try again")
        if response.status_code not in (200, 206):
            raise SourceFailed(f"{self._url}: {response.status_code} {response.reason_phrase}")
        size, sha256 = _size(response), _sha256(response)
        if sink.sha256 is None:
            sink.sha256 = sha256
        elif sha256 is not None and sha256 != sink.sha256:
            raise SourceFailed("the hub has another file of that name (its SHA-256 differs)")
        if sink.sha256 is None:
            raise SourceFailed("the hub doesn't say the file's SHA-256")
        if response.status_code == 200:
            if sink.length:
                sink.restart()
        else:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
            if match is None or int(match[1]) != sink.length:
                raise SourceFailed("the hub answers with another range than the requested one")
        if sink.size is None:
            if size is None:
                raise SourceFailed("the hub doesn't say the file's size")
            sink.size = size
            check_room(sink.folder, size - sink.length)


def _range(sink: Sink) -> dict[str, str]:
    return headers() | ({"Range": f"bytes={sink.length}-"} if sink.length else {})


def _size(response: httpx.Response) -> int | None:
    """Of the whole file."""
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if match is not None:
        return int(match[2]) if match[2] != "*" else None
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _sha256(response: httpx.Response) -> str | None:
    for answer in (*response.history, response):
        found = re.fullmatch(r'(?:W/)?"?([0-9a-f]{64})"?', answer.headers.get("x-linked-etag", ""))
        if found is not None:
            return found[1]
    return None


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
