"""A language client that knows when it heard what, and costs the server that it measures as little as it can."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SERVER = HERE.parent / "server"
POSTIL = (sys.executable, "-m", "postil", "serve", "--stdio")
PLAIN = (sys.executable, str(HERE / "plain_server.py"))

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"configuration": False},
    "textDocument": {"publishDiagnostics": {"versionSupport": True, "dataSupport": True}},
}
# Any condition waited for here holds within seconds; a real model's file of 1,000 lines takes the longest.
PATIENCE = 1800.0
# Both servers answer it with an empty list at once, in its turn.
CHEAP = {
    "textDocument": {"uri": "file:///none"},
    "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
    "context": {"diagnostics": []},
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification of the server; `at` by the wall clock, so that it compares with other processes' times."""

    at: float
    method: str
    params: Any


class Client:
    """One server process over stdio. `began` is when it was started, by the wall clock."""

    def __init__(self, process: asyncio.subprocess.Process, began: float) -> None:
        self.process = process
        self.began = began
        self.heard: list[Heard] = []
        self._ids = itertools.count(1)
        # Of the latest request, for `$/cancelRequest`.
        self.latest = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Event()
        self._versions: dict[str, int] = {}
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        try:
            while header := await stream.readuntil(b"\r\n\r\n"):
                length = int(header.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self._take(time.time(), json.loads(await stream.readexactly(length)))
        except asyncio.IncompleteReadError:
            error = RuntimeError("the server ended")
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(error)
            self._wake()

    def _take(self, now: float, message: Mapping[str, Any]) -> None:
        if "method" in message:
            self.heard.append(Heard(now, message["method"], message.get("params")))
            if "id" in message:
                self.send({"id": message["id"], "result": None})
            self._wake()
        elif not (answer := self._answers.pop(message["id"])).done():
            if "error" in message:
                answer.set_exception(RuntimeError(str(message["error"])))
            else:
                answer.set_result((now, message["result"]))

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], Any], what: str) -> Any:
        """Waits until `holds()` is true and returns it. RuntimeError when the server ends or says that it failed."""
        async with asyncio.timeout(PATIENCE):
            while not (found := holds()):
                if self._reader.done():
                    raise RuntimeError(f"the server ended while the bench waited for {what}")
                for heard in self.heard:
                    if heard.method == "postil/status" and heard.params["state"] == "error":
                        raise RuntimeError(heard.params["message"])
                await self._changed.wait()
        return found

    def send(self, message: Mapping[str, Any]) -> None:
        self.write(encoded(message))

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    async def request(self, method: str, params: Any) -> tuple[float, Any]:
        """When the answer came, by the wall clock, and its result."""
        number = self.latest = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self.send({"id": number, "method": method, "params": params})
        return await answer

    async def initialize(self, options: Any, root: Path) -> float:
        """When `initialize` was answered."""
        at, _ = await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root.as_uri(),
                "capabilities": CAPABILITIES,
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        return at

    async def cheap(self) -> float:
        """When the cheap request was answered: all that was sent before has been dealt with."""
        return (await self.request("textDocument/codeAction", CHEAP))[0]

    def open(self, uri: str, text: str) -> None:
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, line: int, character: int, text: str) -> dict[str, Any]:
        """The message that inserts text at a place; it isn't sent yet."""
        self._versions[uri] += 1
        place = {"line": line, "character": character}
        return {
            "method": "textDocument/didChange",
            "params": {
                "textDocument": {"uri": uri, "version": self._versions[uri]},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": text}],
            },
        }

    async def reviewed(self, uri: str) -> tuple[list[Heard], Mapping[str, Any]]:
        """Saves an open document and waits for the end of its review: all that was heard of the document meanwhile,
        and the figures of `postil/reviewed`."""
        first = len(self.heard)

        def since() -> list[Heard]:
            return [heard for heard in self.heard[first:] if (heard.params or {}).get("uri") == uri]

        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await self.until(lambda: any(heard.method == "postil/reviewed" for heard in since()), "the review's end")
        told = since()
        return told, next(heard.params for heard in told if heard.method == "postil/reviewed")


def encoded(message: Mapping[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def noted(heard: Sequence[Heard]) -> list[float]:
    """The times of the publishes that brought another note."""
    times, most = [], 0
    for each in heard:
        if each.method == "textDocument/publishDiagnostics" and len(each.params["diagnostics"]) > most:
            most = len(each.params["diagnostics"])
            times.append(each.at)
    return times


@asynccontextmanager
async def started(command: Sequence[str], folder: Path) -> AsyncGenerator[Client]:
    """A server before `initialize`; it is killed at the end. The user's own settings are not read."""
    log = folder / "server.log"
    path = os.pathsep.join(filter(None, (str(SERVER), os.environ.get("PYTHONPATH"))))
    with log.open("ab") as errors:
        began = time.time()
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=1 << 26,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, "XDG_CONFIG_HOME": str(folder), "APPDATA": str(folder)},
        )
    client = Client(process, began)
    try:
        yield client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.gather(client._reader, return_exceptions=True)
