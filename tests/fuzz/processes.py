"""Processes: which belong to one, and how long it takes until they are gone."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import psutil
from tests import parts

# The end of a server takes a tenth of a second, and at most one; this is for a loaded machine.
PATIENCE = 15.0


def children(pid: int) -> list[int]:
    """The processes below one; none when it is gone."""
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def named(pid: int, word: str) -> list[int]:
    """The processes below one whose command line has this word."""
    return [child for child in children(pid) if word in command(child)]


def command(pid: int) -> str:
    """Its command line; empty when it is gone, or was not waited for."""
    with suppress(psutil.NoSuchProcess):
        return " ".join(psutil.Process(pid).cmdline())
    return ""


async def gone(pids: list[int], what: str, began: float) -> None:
    """Waits until none of them runs, and prints how long that took since `began` (time.monotonic)."""
    while left := [pid for pid in pids if parts.runs(pid)]:
        if time.monotonic() - began > PATIENCE:
            told = {pid: command(pid) for pid in left}
            for pid in left:
                with suppress(psutil.NoSuchProcess):
                    parts.kill(pid)
            raise AssertionError(f"{what}: still there after {PATIENCE:.0f} s: {told}")
        # Processes that aren't ours wake nobody.
        await asyncio.sleep(0.005)
    print(f"{what}: gone after {(time.monotonic() - began) * 1000:.0f} ms")
