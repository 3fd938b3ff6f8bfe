"""A client that writes down all that a real `postil serve --stdio` tells it, with the time."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forked

SERVER = Path(__file__).resolve().parents[2] / "server"
# For a machine that runs other things too; a condition that holds ends the wait at once.
PATIENCE = 20.0

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "workspaceEdit": {"documentChanges": True},
    },
    "textDocument": {
        "publishDiagnostics": {
            "versionSupport": True,
            "dataSupport": True,
            "codeDescriptionSupport": True,
            "relatedInformation": True,
            "tagSupport": {"valueSet": [1, 2]},
        }
    },
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification or request of the server; `at` in seconds since the client started."""

    at: float
    method: str
    params: Any


class Client:
    """`settings` is what it answers to workspace/configuration."""

    def __init__(self, process: forked.Running, settings: Any) -> None:
        self.process = process
        self.settings = settings
        # Seconds for an answer; a real model takes longer than a script.
        self.patience = PATIENCE
        self.heard: list[Heard] = []
        self.answers: dict[int, dict[str, Any]] = {}
        # How often each request was answered: once.
        self.answered: Counter[int | str] = Counter()
        # What it says to a request of the server's, by method: a function of the parameters.
        self.replies: dict[str, Callable[[Any], Any]] = {"workspace/configuration": lambda _: [self.settings]}
        self.stderr = bytearray()
        self._began = time.monotonic()
        self._changed = asyncio.Event()
        self._id = 0
        self.capabilities: dict[str, Any] = {}
        self._versions: dict[str, int] = {}
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._read_errors())]

    # -- what the server says

    async def _read(self) -> None:
        reader = self.process.stdout
        assert reader is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self._take(json.loads(await reader.readexactly(length)))
        self._wake()

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while piece := await self.process.stderr.read(65536):
            self.stderr += piece

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self.heard.append(Heard(time.monotonic() - self._began, message["method"], message.get("params")))
            if "id" in message:
                reply = self.replies.get(message["method"], lambda _: None)
                self._send({"id": message["id"], "result": reply(message.get("params"))})
        else:
            self.answered[message["id"]] += 1
            self.answers[message["id"]] = message
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], Any], what: str = "the condition", seconds: float = PATIENCE) -> Any:
        """Waits until `holds()` is true and returns it; fails with the log when it isn't in time."""
        end = time.monotonic() + seconds
        while not (found := holds()):
            changed = self._changed
            try:
                # Some conditions are files: they wake nobody.
                await asyncio.wait_for(changed.wait(), 0.02)
            except TimeoutError:
                if time.monotonic() > end:
                    raise AssertionError(f"waited {seconds:.0f} s for {what}\n{self.log()}") from None
        return found

    def log(self) -> str:
        lines = [f"{h.at:7.3f} {h.method} {json.dumps(h.params, ensure_ascii=False)[:400]}" for h in self.heard]
        said = "\n".join([*lines, self.stderr.decode("utf-8", "replace")[-4000:]])
        # Half a character in a report would end the whole run: pytest-xdist can't send it.
        return said.encode("utf-8", "backslashreplace").decode("utf-8")

    def of(self, method: str) -> list[Any]:
        return [heard.params for heard in self.heard if heard.method == method]

    def publishes(self, uri: str) -> list[dict[str, Any]]:
        return [params for params in self.of("textDocument/publishDiagnostics") if params["uri"] == uri]

    def notes(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics as an editor shows them now."""
        published = self.publishes(uri)
        return published[-1]["diagnostics"] if published else []

    def progress(self, kind: str) -> list[Any]:
        return [params for params in self.of("$/progress") if params["value"]["kind"] == kind]

    def statuses(self) -> list[str]:
        return [params["state"] for params in self.of("postil/status")]

    async def reviewed(self, times: int = 1, seconds: float = PATIENCE) -> None:
        """Waits for so many ends of progress."""
        await self.until(lambda: len(self.progress("end")) >= times, f"{times} reviews to end", seconds)

    @property
    def unanswered(self) -> list[int]:
        """The requests that were not answered exactly once."""
        return [number for number in range(1, self._id + 1) if self.answered[number] != 1]

    # -- what the client says

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode("utf-8")
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    async def call(self, method: str, params: Any) -> dict[str, Any]:
        """The whole response: `result` or `error`."""
        number = self.send(method, params)
        return await self.until(lambda: self.answers.get(number), f"the answer to {method}", self.patience)

    def send(self, method: str, params: Any) -> int:
        """A request whose answer will be in `answers`, by this number."""
        self._id += 1
        self._send({"id": self._id, "method": method, "params": params})
        return self._id

    async def start(
        self, capabilities: Any, options: Any, root: str | None, folders: tuple[Path, ...] = ()
    ) -> dict[str, Any]:
        several = {"workspaceFolders": [folder_of(path) for path in folders]} if folders else {}
        answer = await self.call(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "capabilities": capabilities,
                "initializationOptions": options,
                **several,
            },
        )
        self.notify("initialized", {})
        return answer["result"]

    def folders(self, added: tuple[Path, ...] = (), removed: tuple[Path, ...] = ()) -> None:
        """Folders come into the window, and go."""
        event = {"added": [folder_of(path) for path in added], "removed": [folder_of(path) for path in removed]}
        self.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    def open(self, uri: str, text: str, language: str = "python") -> None:
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, *changes: Any) -> None:
        """Each change is (line, character, line, character, text), or the whole text."""
        self._versions[uri] += 1
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": self._versions[uri]},
                "contentChanges": [_change(change) for change in changes],
            },
        )

    def save(self, uri: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def shut(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    async def command(self, name: str, *arguments: Any) -> dict[str, Any]:
        return await self.call("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    async def actions(
        self, uri: str, notes: list[dict[str, Any]], *, ignoring: bool = False, **context: Any
    ) -> list[dict[str, Any]]:
        """The fixes for these notes; `ignoring`: what says "not here" instead. The personas' actions are left out."""
        place = (
            notes[0]["range"] if notes else {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        )
        params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": notes, **context}}
        answer = await self.call("textDocument/codeAction", params)
        fixes = [one for one in answer["result"] or [] if not one["kind"].startswith("refactor.")]
        return [one for one in fixes if (one["kind"] == "quickfix.postil.ignore") == ignoring]

    async def synced(self) -> None:
        """The server has dealt with all that was sent before: it answers in order."""
        await self.call("textDocument/codeAction", {
            "textDocument": {"uri": "file:///none"},
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
            "context": {"diagnostics": []},
        })  # fmt: skip

    async def stop(self) -> int:
        """Ends the server by shutdown and exit; its exit code."""
        if self.process.returncode is None:
            await self.call("shutdown", None)
            self.notify("exit", None)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def folder_of(path: Path) -> dict[str, str]:
    return {"uri": path.as_uri(), "name": path.name}


def _change(change: Any) -> dict[str, Any]:
    if isinstance(change, str):
        return {"text": change}
    line, character, last, end, text = change
    place = {"start": {"line": line, "character": character}, "end": {"line": last, "character": end}}
    return {"range": place, "text": text}


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    arguments: tuple[str, ...] = (),
    options: Any = None,
    settings: Any = None,
    capabilities: Any = None,
    environment: dict[str, str] | None = None,
    root: str | None = None,
    folders: tuple[Path, ...] = (),
    client_class: type[Client] | None = None,
    start: bool = True,
) -> AsyncGenerator[Any]:
    """A server after `initialized` (or before, unless `start`), killed at the end. The user's own settings and
    their yes to commands are not read; the user of a test sees all opinions unasked, unless the test writes another
    file. It gives a Client, of the class that is named."""
    own = folder / "config" / "postil" / "postil.toml"
    if not own.exists():
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text('[review]\nshow = "all"\n', encoding="utf-8")
    process = await forked.start(
        ("serve", "--stdio", *arguments),
        folder,
        {
            **os.environ,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "APPDATA": str(folder / "config"),
            **(environment or {}),
        },
    )
    client = (client_class or Client)(process, settings)
    try:
        if not start:
            yield client
            return
        able = CAPABILITIES if capabilities is None else capabilities
        client.capabilities = await client.start(able, options, root, folders)
        yield client
    finally:
        await client.kill()
