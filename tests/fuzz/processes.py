"""Processes: which belong to one, and how long it takes until they are gone."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from tests import parts

# The end of a server takes a tenth of a second, and at most one; this is for a loaded machine.
PATIENCE = 15.0


def children(pid: int) -> list[int]:
    """The processes below one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="utf-8").split()):
            found += [child, *children(child)]
    return found


def named(pid: int, word: str) -> list[int]:
    """The processes below one whose command line has this word."""
    return [child for child in children(pid) if word in _command(child)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


async def gone(pids: list[int], what: str, began: float) -> None:
    """Waits until none of them runs, and prints how long that took since `began` (time.monotonic)."""
    while left := [pid for pid in pids if parts.runs(pid)]:
        if time.monotonic() - began > PATIENCE:
            told = {pid: _command(pid) for pid in left}
            for pid in left:
                os.kill(pid, 9)
            raise AssertionError(f"{what}: still there after {PATIENCE:.0f} s: {told}")
        # Processes that aren't ours wake nobody.
        await asyncio.sleep(0.005)
    print(f"{what}: gone after {(time.monotonic() - began) * 1000:.0f} ms")
