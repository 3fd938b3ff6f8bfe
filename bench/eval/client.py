"""A language client just large enough to save a file and wait for the end of its review."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.told import program

CAPABILITIES = {
    "workspace": {"configuration": False},
    "textDocument": {"publishDiagnostics": {"versionSupport": True, "dataSupport": True}},
}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The last publish of a document's review, and what `postil/reviewed` told of it."""

    diagnostics: tuple[Mapping[str, Any], ...]
    figures: Mapping[str, Any]


class ServerError(RuntimeError):
    """The server said something went wrong, or ended."""


class Client:
    """One server process over stdio."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._published: dict[str, list[Mapping[str, Any]]] = {}
        self._ended: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        # Why the latest completion has no answer, as `postil/status` tells it.
        self.completion = ""
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, root: Path, settings: Mapping[str, Any], *options: str, definitions: int | None = None
    ) -> Client:
        """`options` are further ones of `postil serve`. `definitions`: as `bench.told` has it."""
        process = await asyncio.create_subprocess_exec(
            *program(definitions),
            "serve",
            "--stdio",
            *options,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # The user's own settings file would change what is measured.
            env={**os.environ, "XDG_CONFIG_HOME": str(root)},
            limit=64 * 1024 * 1024,
        )
        client = cls(process)
        params = {
            "processId": os.getpid(),
            "rootUri": root.as_uri(),
            "capabilities": CAPABILITIES,
            "initializationOptions": settings,
        }
        await client.request("initialize", params)
        client.notify("initialized", {})
        return client

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    async def request(self, method: str, params: Any) -> Any:
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        return await answer

    async def review(self, path: Path, language: str) -> Reviewed:
        """Open, ask for a review, wait for the end, close."""
        uri, text = path.as_uri(), path.read_text(encoding="utf-8")
        ended = self._ended[uri] = asyncio.get_running_loop().create_future()
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        # What is asked for is shown, whatever the settings show unasked.
        await self.request("workspace/executeCommand", {"command": "postil.review", "arguments": [uri]})
        figures = await ended
        found = tuple(self._published.get(uri, []))
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        if figures["failed"] or figures["notes"]:
            raise ServerError(f"{path.name} was not reviewed whole: {figures}")
        return Reviewed(found, figures)

    async def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while header := await stream.readline():
                length = int(header.split(b":")[1])
                while (await stream.readline()).strip():
                    pass
                self._take(json.loads(await stream.readexactly(length)))
        finally:
            error = ServerError("the server ended")
            for future in (*self._answers.values(), *self._ended.values()):
                if not future.done():
                    future.set_exception(error)

    def _take(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method == "textDocument/publishDiagnostics":
            self._published[params["uri"]] = params["diagnostics"]
        elif method == "postil/status" and params["state"] != "error":
            self.completion = params["completion"]
        elif method == "postil/reviewed" and not self._ended[params["uri"]].done():
            self._ended[params["uri"]].set_result(params)
        elif method == "postil/status" and params["state"] == "error":
            for future in self._ended.values():
                if not future.done():
                    future.set_exception(ServerError(params["message"]))
        elif method is None and message.get("id") in self._answers:
            answer = self._answers.pop(message["id"])
            if "error" in message:
                answer.set_exception(ServerError(str(message["error"])))
            else:
                answer.set_result(message.get("result"))

    async def stop(self) -> None:
        await self.request("shutdown", None)
        self.notify("exit", None)
        await self._process.wait()
        await self._reader
