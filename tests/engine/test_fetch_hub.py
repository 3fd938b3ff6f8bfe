"""A fetch from the hub: resumed, checked, one at a time, and clear when there is no room."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import structs
from tests.engine.hub_server import FILE, REPO, Hub, running

from postil.core.models.catalogue import HubSource, Model, catalogue
from postil.engine.base import Progress
from postil.engine.download.fetch import adopt, fetch
from postil.engine.download.sink import DiskFull, FetchFailed

ROOT = Path(__file__).parents[2]
CONTENT = random.Random(1).randbytes(3_000_001)
SOURCE = HubSource(repo=REPO, file=FILE)


def model(**changes: object) -> Model:
    """A catalogue model whose file is CONTENT."""
    facts = {"size": len(CONTENT), "sha256": sha256(CONTENT).hexdigest(), "file": FILE}
    return structs.replace(catalogue().models[0], **{**facts, **changes})


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with running(Hub(CONTENT)) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


async def run(wanted: Model, folder: Path, sources: list[HubSource] | None = None) -> list[Progress]:
    async with aclosing(fetch(wanted, sources or [SOURCE], folder)) as steps:
        return [step async for step in steps]


def partial(folder: Path) -> Path:
    return folder / f"{FILE}.partial"


async def test_a_fetched_file_is_whole_and_nothing_else_stays(hub: Hub, tmp_path: Path) -> None:
    steps = await run(model(), tmp_path / "models")
    assert steps[-1].path == tmp_path / "models" / FILE
    assert steps[-1].path is not None
    assert steps[-1].path.read_bytes() == CONTENT
    assert not partial(tmp_path / "models").exists()
    counts = [step.done_bytes or 0 for step in steps]
    assert counts == sorted(counts)
    assert counts[-1] == steps[-1].total_bytes == len(CONTENT)


async def test_a_second_fetch_asks_nobody(hub: Hub, tmp_path: Path) -> None:
    await run(model(), tmp_path)
    asked = len(hub.ranges)
    (step,) = await run(model(), tmp_path)
    assert (step.path, len(hub.ranges)) == (tmp_path / FILE, asked)


async def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = [1_000_000, 500_000]
    steps = await run(model(), tmp_path)
    assert hub.ranges == [None, "bytes=1000000-", "bytes=1500000-"]
    assert steps[-1].path is not None
    assert steps[-1].path is not None
    assert steps[-1].path.read_bytes() == CONTENT


async def test_a_connection_that_brings_nothing_any_more_is_given_up(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postil.engine.download.hub._PAUSE_SECONDS", 0.0)
    hub.breaks = [1000] + [0] * 10
    with pytest.raises(FetchFailed, match="again and again"):
        await run(model(), tmp_path)
    assert partial(tmp_path).read_bytes() == CONTENT[:1000]


async def test_a_closed_fetch_leaves_what_the_next_goes_on_with(hub: Hub, tmp_path: Path) -> None:
    hub.gate = threading.Event()
    async with aclosing(fetch(model(), [SOURCE], tmp_path)) as steps:
        async for step in steps:
            if (step.done_bytes or 0) >= len(CONTENT) // 2:
                break
    hub.gate.set()
    there = partial(tmp_path).stat().st_size
    assert there >= len(CONTENT) // 2
    assert not (tmp_path / FILE).exists()
    finished = await run(model(), tmp_path)
    assert hub.ranges[-1] == f"bytes={there}-"
    words = [step.what.partition(": ")[2] for step in finished]
    assert words[0] == "checking what is there already" and words[1].startswith("fetching from http")
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_a_cancelled_task_leaves_the_same(hub: Hub, tmp_path: Path) -> None:
    hub.gate = threading.Event()
    task = asyncio.create_task(run(model(), tmp_path))
    assert await asyncio.to_thread(hub.half.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    hub.gate.set()
    await run(model(), tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_a_wrong_sum_is_removed_and_said(hub: Hub, tmp_path: Path) -> None:
    hub.tell_sum = False
    hub.content = CONTENT[:-1] + b"\0"
    assert hub.content != CONTENT
    with pytest.raises(FetchFailed, match="wrong SHA-256 and was removed"):
        await run(model(), tmp_path)
    assert not (tmp_path / FILE).exists()
    assert partial(tmp_path).stat().st_size == 0


async def test_another_file_of_that_name_is_not_even_fetched(hub: Hub, tmp_path: Path) -> None:
    hub.content = CONTENT[::-1]
    with pytest.raises(FetchFailed, match="another file of that name"):
        await run(model(), tmp_path)
    assert partial(tmp_path).stat().st_size == 0


@pytest.mark.parametrize("length", [1000, 3_000_001, 4_000_000])
async def test_a_partial_of_something_else_is_begun_again(hub: Hub, tmp_path: Path, length: int) -> None:
    partial(tmp_path).write_bytes(b"x" * length)
    await run(model(), tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_a_hub_without_ranges_begins_again(hub: Hub, tmp_path: Path) -> None:
    hub.ranges_work = False
    partial(tmp_path).write_bytes(CONTENT[:1000])
    await run(model(), tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_what_the_catalogue_does_not_know_the_hub_says(hub: Hub, tmp_path: Path) -> None:
    unknown = model(size=None, about=len(CONTENT), sha256=None)
    steps = await run(unknown, tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT
    assert steps[-2].total_bytes == len(CONTENT)


async def test_a_file_whose_sum_nobody_says_is_not_taken(hub: Hub, tmp_path: Path) -> None:
    hub.tell_sum = False
    with pytest.raises(FetchFailed, match="doesn't say the file's SHA-256"):
        await run(model(size=None, about=1, sha256=None), tmp_path)


async def test_each_source_has_its_reason(hub: Hub, tmp_path: Path) -> None:
    hub.status = 503
    other = HubSource(repo="no/such", file="file.gguf")
    with pytest.raises(FetchFailed) as caught:
        await run(model(), tmp_path, [other, SOURCE])
    assert "no/such/resolve/main/file.gguf: 404" in str(caught.value)
    assert f"{REPO}/resolve/main/{FILE}: 503" in str(caught.value)
    assert "run the same command again" in str(caught.value)


async def test_a_hub_that_is_not_there_is_said_at_once(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{probe.getsockname()[1]}")
    with pytest.raises(FetchFailed, match="can't be reached"):
        await asyncio.wait_for(run(model(), tmp_path), 5)


async def test_the_proxy_of_the_environment_is_used(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", hub.address)
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    await run(model(), tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT
    assert hub.proxied[0] == f"http://hub.invalid/{REPO}/resolve/main/{FILE}"


async def test_the_proxy_for_https_is_used(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", hub.address)
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    with pytest.raises(FetchFailed, match="can't be reached"):
        await run(model(), tmp_path)
    assert hub.proxied == ["hub.invalid:443"]


def child(folder: Path, *words: str) -> list[str]:
    script = str(Path(__file__).with_name("fetch_child.py"))
    return [sys.executable, script, str(folder), str(len(CONTENT)), sha256(CONTENT).hexdigest(), *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "server")])}


@pytest.mark.slow
def test_two_processes_fetch_once(hub: Hub, tmp_path: Path) -> None:
    hub.gate = threading.Event()

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(child(tmp_path), stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment())

    first = start()
    assert hub.half.wait(30), "the first process never asked the hub"
    second = start()
    assert second.stdout is not None
    assert second.stdout.readline() == "waiting\n"
    hub.gate.set()
    outputs = [process.communicate(timeout=60)[0].splitlines()[-1] for process in (first, second)]
    assert outputs[0].startswith("done from http://127.0.0.1"), outputs
    assert outputs[1] == "done from cache done,waiting", outputs
    assert hub.ranges == [None]
    assert (tmp_path / FILE).read_bytes() == CONTENT


def test_a_killed_process_holds_nobody_up(hub: Hub, tmp_path: Path) -> None:
    hub.gate = threading.Event()
    first = subprocess.Popen(child(tmp_path), env=environment())
    assert hub.half.wait(30)
    first.kill()
    first.wait(10)
    hub.gate.set()
    second = subprocess.run(
        child(tmp_path), capture_output=True, text=True, encoding="utf-8", timeout=60, env=environment()
    )
    assert second.stdout.splitlines()[-1].startswith("done from http"), second
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_too_little_room_is_said_before_anything_is_fetched(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_234_567))
    with pytest.raises(DiskFull) as caught:
        await run(model(), tmp_path)
    message = str(caught.value)
    assert all(part in message for part in ("3,000,001", "1,234,567", str(tmp_path), "POSTIL_CACHE_DIR"))
    assert hub.ranges == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size to run into")
def test_a_disk_that_fills_meanwhile_is_said_and_what_fits_is_kept(hub: Hub, tmp_path: Path) -> None:
    limited = subprocess.run(
        child(tmp_path, f"limit={1 << 20}"),
        **{"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 60, "env": environment()},
    )
    assert "\nDiskFull no room" in limited.stdout, limited
    kept = partial(tmp_path).read_bytes()
    assert 0 < len(kept) <= 1 << 20
    assert CONTENT.startswith(kept)


@pytest.mark.skipif(not shutil.which("unshare"), reason="a disk of 1 MB is made with Linux' unshare")
def test_a_real_full_disk_is_said(hub: Hub, tmp_path: Path) -> None:
    # The network stays the same; only the mounts are the child's own.
    script = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, str(tmp_path)]
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no mounts")
    full = subprocess.run(
        [*command, *child(tmp_path, "blind")],
        **{"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 60, "env": environment()},
    )
    assert "\nDiskFull no room" in full.stdout, full


@pytest.mark.skipif(sys.platform == "win32", reason="rights work otherwise there")
async def test_a_folder_that_can_not_be_made_is_said(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FetchFailed, match="POSTIL_CACHE_DIR"):
        await run(model(), tmp_path / "file" / "models")


async def test_a_file_of_the_users_is_taken_when_its_sum_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    own = tmp_path / "own.gguf"
    own.write_bytes(CONTENT)
    path = await adopt(model(), own)
    assert path == tmp_path / "cache" / "models" / FILE
    assert path.read_bytes() == CONTENT
    path.unlink()
    own.write_bytes(CONTENT + b"\0")
    with pytest.raises(FetchFailed, match="SHA-256"):
        await adopt(model(), own)
    assert [item.name for item in path.parent.iterdir()] == []
