"""What every start of an editor waits for: `initialize`, and the memory of a server that does nothing yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
from bench.client import PLAIN, POSTIL, started
from bench.report import Row, alternating, medians

# What the issue demands of each, in the same run.
BAR = 1.3
# What a server does behind `initialized` (ours begins to watch files) is over by then.
SETTLED = 1.0


async def startup(folder: Path, rounds: int) -> list[Row]:
    """Seconds from the start of the process to the answer of `initialize`. A first round warms the disk's cache."""

    async def once(command: tuple[str, ...]) -> float:
        async with started(command, folder) as client:
            return (await client.initialize({}, folder) - client.began) * 1000

    sides = {"postil": lambda: once(POSTIL), "plain": lambda: once(PLAIN)}
    await alternating(1, sides)
    # A start is short and uneven: twice the rounds.
    seen = medians(await alternating(2 * rounds, sides))
    return [Row("start to `initialize` answered", seen["postil"], "ms", seen["plain"], "plain pygls", BAR)]


async def idle_memory(folder: Path, rounds: int) -> list[Row]:
    """Memory of the process a second after `initialized`."""

    async def once(command: tuple[str, ...]) -> float:
        async with started(command, folder) as client:
            await client.initialize({}, folder)
            await client.cheap()
            await asyncio.sleep(SETTLED)
            return resident(client.process.pid) / 2**20

    sides = {"postil": lambda: once(POSTIL), "plain": lambda: once(PLAIN)}
    seen = medians(await alternating(rounds, sides))
    return [Row("idle memory", seen["postil"], "MiB", seen["plain"], "plain pygls", BAR)]


def resident(pid: int) -> int:
    """Bytes of the resident set: unlike the proportional one it doesn't change with what else runs."""
    return psutil.Process(pid).memory_info().rss
