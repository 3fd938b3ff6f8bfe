"""An engine that is killed while three reviews run, and started again."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from pathlib import Path

import pytest
from tests import parts
from tests.conftest import OllamaServer, running_ollama
from tests.faults.engines import loaded
from tests.faults.world import ADD, LATEST, PATIENCE, World, world
from tests.lsp.client import Client


def _three(here: World, folder: Path) -> list[str]:
    """Three documents that are read at the same time."""
    uris = [(folder / f"three_{number}.py").as_uri() for number in range(3)]
    for number, uri in enumerate(uris):
        here.client.open(uri, ADD.format(name=f"of_three_{number}"))
        here.client.save(uri)
    return uris


async def _asked(here: World, count: int) -> None:
    """So many requests have come to the engine since `asked` was cleared."""
    await here.client.until(lambda: len(here.engine.proxy.asked) >= count, "the engine to be asked", PATIENCE)


async def _all_over(client: Client, uris: list[str], times: int, seconds: float) -> None:
    ends = lambda uri: sum(1 for told in client.of("postil/reviewed") if told["uri"] == uri)  # noqa: E731
    await client.until(lambda: all(ends(uri) >= times for uri in uris), "the ends of three reviews", seconds)
    await client.synced()


async def _killed_and_told(here: World, uris: list[str], mark: int, kept: list[int], says: str) -> None:
    client = here.client
    await _all_over(client, uris, 1, LATEST)
    told = here.popups(mark)
    assert len(told) <= 1, told
    status = client.of("postil/status")[-1]
    assert re.search(says, status["message"]), client.log()
    assert here.notes("edit") == kept, "what was found before stays"
    assert client.process.returncode is None


async def _reads_again(here: World, uris: list[str]) -> None:
    """Without a restart of the server."""
    client = here.client
    for uri in uris:
        client.save(uri)
    await client.until(lambda: all(client.notes(uri) for uri in uris), "a note of each", PATIENCE)
    # Their sentences aren't waited for.
    for uri in uris:
        await client.command("postil.cancel", uri)
    await _all_over(client, uris, 2, PATIENCE)
    for uri in uris:
        (note,) = here.client.notes(uri)
        assert note["data"]["quote"] == "    return a - b", here.client.log()
    assert here.client.of("postil/status")[-1]["state"] == "ready", here.client.log()
    here.sound()


@pytest.mark.real_embedded
@pytest.mark.real_ollama
async def test_the_embedded_child(tmp_path: Path, ollama_server: OllamaServer) -> None:
    async with world("embedded", tmp_path, ollama_server, jobs=3, ways=("edit",)) as here:
        kept, mark = here.notes("edit"), len(here.client.heard)
        here.engine.proxy.asked.clear()
        uris = _three(here, tmp_path)
        # Of two slots.
        await _asked(here, 2)
        before = here.engine.child
        parts.kill(before)
        await _killed_and_told(here, uris, mark, kept, r"ended with -9 \(killed.*The next request starts it again")
        await _reads_again(here, uris)
        assert here.engine.child != before and parts.runs(here.engine.child) and not parts.runs(before)


@pytest.mark.real_ollama
@pytest.mark.skipif(os.name == "nt", reason="its children are found by their process group")
async def test_ollama(tmp_path: Path, ollama_server: OllamaServer) -> None:
    binary, models = parts.ollama_binary(), ollama_server.models_dir
    with contextlib.ExitStack() as stack:
        host, pid = stack.enter_context(running_ollama(binary, models, 3))
        own = OllamaServer(host, ollama_server.model, models, pid)
        await loaded(own)
        async with world("ollama", tmp_path, own, jobs=3, ways=("edit",)) as here:
            kept, mark = here.notes("edit"), len(here.client.heard)
            here.engine.proxy.asked.clear()
            uris = _three(here, tmp_path)
            await _asked(here, 3)
            os.killpg(pid, signal.SIGKILL)
            await _killed_and_told(here, uris, mark, kept, "Save again to retry|Start it")
            stack.enter_context(running_ollama(binary, models, 3, port=int(host.rpartition(":")[2])))
            await _reads_again(here, uris)
