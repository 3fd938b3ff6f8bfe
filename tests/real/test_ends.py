"""A server and the embedded engine's child are gone however the server ends, with real weights."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests import parts
from tests.fuzz.processes import gone, named
from tests.fuzz.test_ends import Announcing, Editor, editor, ended
from tests.lsp.client import CAPABILITIES, SERVER, Client, serving
from tests.lsp.test_review import A, function

__all__ = ["editor"]

EMBEDDED = {
    "engine": "embedded",
    "num_ctx": 2048,
    "model": {"review": parts.SMALL, "completion": parts.SMALL},
    "embedded": {"threads": parts.THREADS},
    "review": {"min_score": 0},
}


CHILD = "postil.engine.embedded.child"


async def wait_for_child(client: Client) -> list[int]:
    return await client.until(lambda: named(client.process.pid, CHILD), "the engine's child")


def mapped(pid: int, path: Path) -> bool:
    return any(Path(region.path).name == path.name for region in psutil.Process(pid).memory_maps())


@pytest.mark.real_embedded
@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL", "end of input", "shutdown", "dead client"])
async def test_a_child_that_loads_ends_with_its_server(
    how: str, editor: Editor, tmp_path: Path, embedded_gguf: Path
) -> None:
    async with serving(tmp_path, options=EMBEDDED, client_class=Announcing, start=False) as client:
        client.pid = editor.pid
        await client.start(CAPABILITIES, EMBEDDED, None)
        client.open(A, function("add"))
        client.save(A)
        (child,) = await wait_for_child(client)
        # The weights are being read: the native library is loaded.
        await client.until(lambda: mapped(child, embedded_gguf), "the weights to be mapped")
        await ended(client, editor, how, "the embedded engine loads")
        assert not parts.runs(child)


@pytest.mark.real_embedded
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL", "exit", "shutdown"])
async def test_a_child_that_writes_ends_with_its_server(
    how: str, editor: Editor, tmp_path: Path, embedded_gguf: Path
) -> None:
    async with serving(tmp_path, options=EMBEDDED, client_class=Announcing, start=False) as client:
        client.pid, client.patience = editor.pid, 120.0
        await client.start(CAPABILITIES, EMBEDDED, None)
        client.open(A, "\n\n".join(function(f"f{number}") for number in range(30)))
        place = {"textDocument": {"uri": A}, "position": {"line": 1, "character": 12}, "context": {"triggerKind": 1}}
        assert "error" not in await client.call("textDocument/inlineCompletion", place)
        (child,) = await wait_for_child(client)
        client.save(A)
        await client.until(lambda: client.progress("report"), "a function to be read", 60)
        await ended(client, editor, how, "the embedded engine writes")
        assert not parts.runs(child)


@pytest.mark.real_embedded
@pytest.mark.parametrize(
    ("sign", "group"),
    [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGKILL, False)],
)
async def test_a_review_that_is_interrupted_leaves_nothing(
    sign: signal.Signals, group: bool, tmp_path: Path, embedded_gguf: Path
) -> None:
    """Ctrl-C in a terminal goes to the whole group, the child too."""
    (tmp_path / "a.py").write_text("\n\n".join(function(f"f{number}") for number in range(30)), encoding="utf-8")
    (tmp_path / "postil.toml").write_text(f"embedded.threads = {parts.THREADS}\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "postil", "review", "--engine", "embedded", "--model", parts.SMALL, "a.py"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SERVER), "XDG_CONFIG_HOME": str(tmp_path / "config")},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(60):
            while not (found := named(process.pid, CHILD)):
                assert process.returncode is None, (await process.communicate())[1].decode()
                await asyncio.sleep(0.01)
        pids = [process.pid, *found]
        began = time.monotonic()
        (os.killpg if group else os.kill)(process.pid, sign)
        await gone(pids, f"postil review, {sign.name} {'to the group' if group else 'alone'}", began)
        _, errors = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == (130 if sign == signal.SIGINT else -sign), errors.decode()
        assert b"Traceback" not in errors, errors.decode()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
