"""However a server's life ends: it is gone within a second, and nothing of it is left."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.counting import CountingClient, counting, framed
from tests.fuzz.processes import PATIENCE, children, gone
from tests.lsp.client import CAPABILITIES, SERVER, Client
from tests.lsp.test_review import A, function

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
Journal = Callable[[], list[tuple[str, str, str]]]
Editor = subprocess.Popen[bytes]
End = Callable[[Client, Editor], Awaitable[int | None]]


@pytest.fixture
def editor() -> Iterator[Editor]:
    """A process that calls itself the client, and holds none of the pipes."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def by(sign: signal.Signals) -> End:
    async def end(client: Client, _: Editor) -> int | None:
        client.process.send_signal(sign)
        return 130 if sign == signal.SIGINT else -sign

    return end


async def by_eof(client: Client, _: Editor) -> int | None:
    assert client.process.stdin is not None
    client.process.stdin.close()
    return 1


async def by_exit(client: Client, _: Editor) -> int | None:
    client.notify("exit", None)
    return 1


async def by_shutdown(client: Client, _: Editor) -> int | None:
    assert "error" not in await client.call("shutdown", None)
    client.notify("exit", None)
    return 0


async def by_the_client(_: Client, process: Editor) -> int | None:
    # Nobody waits for it: it is a zombie, which a signal of 0 still finds.
    process.kill()
    return 1


ENDS: dict[str, End] = {
    "SIGTERM": by(signal.SIGTERM),
    "SIGINT": by(signal.SIGINT),
    "SIGHUP": by(signal.SIGHUP),
    "SIGKILL": by(signal.SIGKILL),
    "end of input": by_eof,
    "exit": by_exit,
    "shutdown": by_shutdown,
    "dead client": by_the_client,
}


class Announcing(CountingClient):
    """It says another process's id."""

    pid: int | None = 0

    async def start(
        self, capabilities: Any, options: Any, root: str | None, folders: tuple[Path, ...] = ()
    ) -> dict[str, Any]:
        params = {"processId": self.pid, "capabilities": capabilities, "initializationOptions": options}
        answer = await self.call("initialize", params)
        self.notify("initialized", {})
        return answer["result"]


async def ended(client: Client, process: Editor, how: str, while_what: str) -> None:
    pids = [client.process.pid, *children(client.process.pid)]
    began = time.monotonic()
    code = await ENDS[how](client, process)
    await gone(pids, f"{how} while {while_what}, {len(pids)} processes", began)
    assert await client.process.wait() == code
    assert "Traceback" not in client.stderr.decode()


@pytest.mark.parametrize("how", ENDS)
async def test_a_server_that_streams_ends(how: str, editor: Editor, tmp_path: Path, journal: Journal) -> None:
    rules = [{"hold": str(tmp_path / "never"), "chunks": [{"text": "    total"}]}]
    async with counting(tmp_path, rules, client_class=Announcing, start=False) as client:
        assert isinstance(client, Announcing)
        client.pid = editor.pid
        await client.start(CAPABILITIES, None, None)
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: ("started", "chat", "add") in journal(), "the review")
        await ended(client, editor, how, "a review streams")


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "end of input", "exit", "shutdown", "dead client"])
async def test_a_server_whose_thread_parses_a_large_file_ends(how: str, editor: Editor, tmp_path: Path) -> None:
    text = "\n\n".join(function(f"f{number}") for number in range(9000))
    async with counting(tmp_path, [], client_class=Announcing, start=False) as client:
        assert isinstance(client, Announcing)
        client.pid = editor.pid
        await client.start(CAPABILITIES, None, None)
        client.open(A, text)
        client.save(A)
        await client.synced()
        await ended(client, editor, how, "a thread parses")


def test_a_server_that_nobody_reads_ends_with_its_client(editor: Editor, tmp_path: Path) -> None:
    """It is stuck in a write, so that no loop of its own can help it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "postil", "serve", "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SERVER), "XDG_CONFIG_HOME": str(tmp_path / "config")},
    )
    try:
        assert server.stdin is not None and server.stdout is not None
        start = {"processId": editor.pid, "capabilities": {}}
        first = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": start}
        server.stdin.write(framed(json.dumps(first)))
        server.stdin.flush()
        assert server.stdout.read(1) == b"C"
        os.set_blocking(server.stdin.fileno(), False)
        asking = framed(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "postil/dance"}))
        # Until both pipes are full and stay so.
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            try:
                os.write(server.stdin.fileno(), asking)
                deadline = time.monotonic() + 1.0
            except BlockingIOError:
                select.select([], [server.stdin], [], 0.1)
        editor.kill()
        began = time.monotonic()
        assert server.wait(PATIENCE) == 1
        print(f"dead client while nobody reads: gone after {(time.monotonic() - began) * 1000:.0f} ms")
    finally:
        server.kill()
        server.wait()


async def test_a_client_that_is_not_of_this_machine_is_not_watched(editor: Editor, tmp_path: Path) -> None:
    """In a container the editor's number means nothing, and the editor lives."""
    editor.kill()
    editor.wait()
    async with counting(tmp_path, [], client_class=Announcing, start=False) as client:
        assert isinstance(client, Announcing)
        client.pid = editor.pid
        await client.start(CAPABILITIES, None, None)
        await client.until(lambda: b"doesn't exist here" in client.stderr, "its word in the log")
        await client.synced()
        assert await client.stop() == 0
