"""The embedded engine's child without weights: what it can't load, how it ends, and what its parent says then.

Files that can't be loaded go through the real xllamacpp; a child that serves is played by a module of its name.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.engine.faulty_http import DONE, FaultyServer, head, piece, serving

import postil
from postil.core.request import ChatRequest, LoadOptions, Message
from postil.engine.base import EngineRefused, EngineUnavailable, ModelMissing, StreamBroken
from postil.engine.embedded import process
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions

ASK = ChatRequest("m", (Message("user", "Hello"),), load=LoadOptions(num_ctx=512))
ONE = EmbeddedOptions(threads=1, parallel=1, gpu_layers=0)

# Listens nowhere itself: its address is the test's own server. Notes what it was told.
PLAYED = """
import json, os
from types import SimpleNamespace as Space

common_speculative_type = Space(COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE=1)

def CommonParams():
    speculative = Space(types=[], ngram_simple=Space())
    return Space(model=Space(), cpuparams=Space(), cpuparams_batch=Space(), speculative=speculative)

class Server:
    def __init__(self, params):
        print("a line on stdout that is not ours", flush=True)
        told = {key: value for key, value in vars(params).items() if not isinstance(value, Space)}
        with open(os.environ["PLAYED_NOTES"], "a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\\n")
        self.listening_address = os.environ["PLAYED_ADDRESS"]
"""


needs_fifo = pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="a pipe with a name holds the load up; Windows has none"
)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """Every child that is started while the test runs."""
    found: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def noted(*arguments: Any, **more: Any) -> asyncio.subprocess.Process:
        found.append(await start(*arguments, **more))
        return found[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return found


async def read(engine: EmbeddedEngine, request: ChatRequest = ASK) -> str:
    async with aclosing(engine.chat(request)) as stream:
        return "".join([delta.text async for delta in stream])


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"This is a text.\n" * 50, "magic"), (b"GGUF" + bytes(100), "version"), (b"", "magic"), (None, "open")],
    ids=["text", "broken", "empty", "gone"],
)
async def test_a_file_that_is_no_model_is_refused_with_the_reason(
    tmp_path: Path, started: list[asyncio.subprocess.Process], data: bytes | None, reason: str
) -> None:
    parts.xllamacpp()
    path = tmp_path / "weights.gguf"
    if data is not None:
        path.write_bytes(data)
    engine = EmbeddedEngine(lambda _: path, tuple, ONE)
    with pytest.raises(EngineRefused, match=rf"can't load m \(weights\.gguf\): .*{reason}.*postil doctor"):
        await asyncio.wait_for(read(engine), 60)
    assert engine.pid is None
    await engine.aclose()
    (child,) = started
    assert not parts.runs(child.pid)


async def test_a_model_that_is_not_here_starts_no_child(started: list[asyncio.subprocess.Process]) -> None:
    def resolve(name: str) -> Path:
        raise ModelMissing("not here", name)

    engine = EmbeddedEngine(resolve, tuple, ONE)
    with pytest.raises(ModelMissing):
        await read(engine)
    await engine.aclose()
    assert started == []


@needs_fifo
async def test_cancelling_while_it_loads_ends_the_child(
    tmp_path: Path, started: list[asyncio.subprocess.Process]
) -> None:
    parts.xllamacpp()
    path = tmp_path / "weights.gguf"
    os.mkfifo(path)
    engine = EmbeddedEngine(lambda _: path, tuple, ONE)
    task = asyncio.create_task(read(engine))
    # Opening it for writing waits for the child to open it for reading.
    end = await asyncio.wait_for(asyncio.to_thread(os.open, path, os.O_WRONLY), 60)
    try:
        (child,) = started
        assert parts.runs(child.pid)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)
        assert not parts.runs(child.pid)
    finally:
        os.close(end)
        await engine.aclose()


@dataclass(slots=True)
class Played:
    """An engine whose child says that it serves at `server`'s address."""

    engine: EmbeddedEngine
    server: FaultyServer
    notes: Path

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.notes.read_text(encoding="utf-8").splitlines()]


@asynccontextmanager
async def playing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *steps: Any, module: str = PLAYED
) -> AsyncIterator[Played]:
    (folder / "xllamacpp.py").write_text(module, encoding="utf-8")
    package = Path(postil.__file__).parent.parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(package)]))
    monkeypatch.setenv("PLAYED_NOTES", str(folder / "notes"))
    async with serving(*steps) as server:
        monkeypatch.setenv("PLAYED_ADDRESS", server.url)
        engine = EmbeddedEngine(lambda name: folder / name, tuple, replace(ONE, parallel=3))
        try:
            yield Played(engine, server, folder / "notes")
        finally:
            await asyncio.wait_for(engine.aclose(), 20)


ANSWER = (head(), piece("a"), piece("b", "stop"), DONE)


async def test_one_child_serves_and_closing_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing(tmp_path, monkeypatch, *ANSWER) as played:
        assert played.engine.pid is None
        assert await read(played.engine) == "ab"
        pid = played.engine.pid
        assert pid is not None
        assert parts.runs(pid)
        assert await read(played.engine) == "ab"
        assert played.engine.pid == pid
        await asyncio.wait_for(played.engine.aclose(), 20)
        assert not parts.runs(pid)
        assert played.engine.pid is None


@needs_fifo
async def test_closing_while_it_loads_leaves_no_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[asyncio.subprocess.Process]
) -> None:
    os.mkfifo(tmp_path / "gate")
    waiting = PLAYED.replace("self.listening", f"open({str(tmp_path / 'gate')!r}).read(); self.listening")
    async with playing(tmp_path, monkeypatch, *ANSWER, module=waiting) as played:
        task = asyncio.create_task(read(played.engine))
        gate = await asyncio.wait_for(asyncio.to_thread(os.open, tmp_path / "gate", os.O_WRONLY), 60)
        await played.engine.aclose()
        os.close(gate)
        with pytest.raises(EngineUnavailable, match=r"closed while it loaded.*Save again"):
            await asyncio.wait_for(task, 20)
        (child,) = started
        assert not parts.runs(child.pid)


async def test_the_child_is_told_its_key_and_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing(tmp_path, monkeypatch, *ANSWER) as played:
        await read(played.engine)
    (told,) = played.told()
    assert told["hostnames"] == ["127.0.0.1"]
    assert (told["n_parallel"], told["n_ctx"]) == (3, 3 * 512)
    (key,) = told["api_keys"]
    assert len(key) >= 32
    (asked,) = played.server.asked
    assert asked.headers["authorization"] == f"Bearer {key}"
    assert asked.body["cache_prompt"] is True


async def test_another_model_or_context_replaces_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing(tmp_path, monkeypatch, *ANSWER) as played:
        pids = []
        for request in (ASK, replace(ASK, load=LoadOptions(num_ctx=1024)), replace(ASK, model="n")):
            assert await read(played.engine, request) == "ab"
            pids.append(played.engine.pid)
        assert len(set(pids)) == 3
        assert [pid is not None and parts.runs(pid) for pid in pids] == [False, False, True]
    keys = [told["api_keys"][0] for told in played.told()]
    assert len(set(keys)) == 3


async def test_a_child_that_is_killed_is_told_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, first = asyncio.Event(), None
    async with playing(tmp_path, monkeypatch, head(), piece("a"), dead, "reset") as played:
        with pytest.raises(StreamBroken, match=r"embedded engine ended with .*next request starts it again"):
            async with aclosing(played.engine.chat(ASK)) as stream:
                async for _ in stream:
                    first = played.engine.pid
                    parts.kill(first)
                    dead.set()
        played.server.steps = ANSWER
        assert await read(played.engine) == "ab"
        assert played.engine.pid not in (None, first)


async def test_a_child_that_lives_on_is_not_called_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "EXIT_SECONDS", 0.05)
    async with playing(tmp_path, monkeypatch, head(), piece("a")) as played:
        with pytest.raises(StreamBroken, match="half-way") as caught:
            await read(played.engine)
        assert str(caught.value).startswith("The embedded engine ended its answer")
        pid = played.engine.pid
        played.server.steps = ANSWER
        assert await read(played.engine) == "ab"
        assert played.engine.pid == pid


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("raise ImportError('libgomp.so.1 is missing')", "libgomp.so.1 is missing"),
        ("import os, sys; print('last words', file=sys.stderr, flush=True); os._exit(3)", "last words"),
        ("import os; os._exit(3)", "ended without a word"),
    ],
    ids=["raises", "dies", "dies silently"],
)
async def test_a_library_that_fails_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, reason: str
) -> None:
    async with playing(tmp_path, monkeypatch, module=module) as played:
        with pytest.raises(EngineRefused, match=reason):
            await asyncio.wait_for(read(played.engine), 30)
        assert played.engine.pid is None


async def test_the_child_ends_with_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parent never closes it while it lives, so that its end is the parent's."""
    async with playing(tmp_path, monkeypatch):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "postil.engine.embedded.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert child.stdin is not None and child.stdout is not None
            config = {"model_path": "m", "num_ctx": 512, "parallel": 1, "threads": 1, "gpu_layers": 0}
            child.stdin.write(json.dumps({**config, "speculation": True, "api_key": "k"}).encode() + b"\n")
            said = json.loads(await asyncio.wait_for(child.stdout.readline(), 30))
            assert said["address"].startswith("http://127.0.0.1:")
            assert child.returncode is None
            child.stdin.close()
            assert await asyncio.wait_for(child.wait(), 20) == 0
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
