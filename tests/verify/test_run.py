"""A check's command: its limits, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest
from tests.verify.fixing import running

from postil.service.verify import run
from postil.service.verify.run import Ran, run_command

PYTHON = sys.executable


async def ran(command: str, folder: Path, seconds: float = 30.0) -> Ran:
    return await run_command(command, folder, dict(os.environ), seconds)


@pytest.fixture
def word(tmp_path: Path) -> str:
    """In the command line of every process that a test starts."""
    return f"postil-{tmp_path.name}"


async def test_what_it_says(tmp_path: Path) -> None:
    found = await ran("pwd; echo error >&2; printf '\\033[31mred\\033[0m'; exit 3", tmp_path)
    assert (found.exit_code, found.text, found.stopped) == (3, f"{tmp_path}\nerror\nred", "")


async def test_it_has_no_input(tmp_path: Path) -> None:
    found = await ran("cat; read answer; echo over", tmp_path)
    assert (found.text, found.stopped) == ("over\n", "")


async def test_one_that_hangs_is_ended(tmp_path: Path, word: str) -> None:
    hangs = f"{PYTHON} -c 'import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)' {word}"
    began = time.monotonic()
    found = await ran(f"echo begun; {hangs}; echo over", tmp_path, 1)
    assert found.stopped == "it didn't end within 1 s" and found.text == "begun\n"
    assert time.monotonic() - began < 20 and running(word) == []


async def test_it_may_end_by_itself_when_it_is_asked_to(tmp_path: Path) -> None:
    found = await ran("trap 'touch ended; exit' TERM; while true; do sleep 0.05; done", tmp_path, 1)
    assert found.stopped and (tmp_path / "ended").exists()


@pytest.mark.parametrize("leaves", ["", "os.setsid(); ", "os.setsid(); os.fork() and os._exit(0); "])
async def test_a_child_that_stays_is_ended(tmp_path: Path, word: str, leaves: str) -> None:
    """Also one that has left the group, and a daemon: both have the output open."""
    child = f'{PYTHON} -c \'import os,time; {leaves}open("there", "w"); time.sleep(300)\' {word} &'
    began = time.monotonic()
    found = await ran(f"{child} while [ ! -e there ]; do sleep 0.05; done; echo over", tmp_path)
    assert (found.exit_code, found.text, found.stopped) == (0, "over\n", "")
    assert time.monotonic() - began < 20
    assert running(word) == []


async def test_one_that_floods_is_ended(tmp_path: Path, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FLOOD_BYTES", 4 << 20)
    monkeypatch.setattr(run, "HEAD_BYTES", 1000)
    monkeypatch.setattr(run, "TAIL_BYTES", 2000)
    found = await ran(f"echo first; yes {word}", tmp_path)
    assert found.stopped == "it wrote more than 4 MiB"
    assert found.text.startswith("first\n") and "[...]" in found.text and len(found.text) < 4000
    assert running(word) == []


async def test_the_end_of_a_long_output_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "HEAD_BYTES", 1000)
    monkeypatch.setattr(run, "TAIL_BYTES", 2000)
    found = await ran(f"{PYTHON} -c 'for i in range(20000): print(i)'", tmp_path)
    assert found.text.startswith("0\n1\n") and found.text.endswith("\n19999\n") and len(found.text) < 4000


async def test_one_that_is_not_there(tmp_path: Path) -> None:
    found = await ran("no-such-program --at-all", tmp_path)
    assert found.exit_code == 127 and "not found" in found.text


async def test_a_cancel_ends_it(tmp_path: Path, word: str) -> None:
    task = asyncio.create_task(ran(f"{PYTHON} -c 'import time; time.sleep(300)' {word} & touch there; wait", tmp_path))
    async with asyncio.timeout(20):
        while not (tmp_path / "there").exists() or not running(word):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running(word) == []


async def test_a_cancel_while_it_starts_ends_it(tmp_path: Path, word: str) -> None:
    """At every step of the loop: asyncio itself would end the shell alone."""
    command = f"{PYTHON} -c 'import time; time.sleep(300)' {word} & touch there; wait"
    for steps in range(24):
        task = asyncio.create_task(ran(command, tmp_path))
        for _ in range(steps):
            await asyncio.sleep(0)
        # The loop stands still while the shell starts something.
        time.sleep(0.05)  # noqa: ASYNC251
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (tmp_path / "there").exists(), "the control"
    assert running(word) == []
