"""Faults at random, at a random request of several that run at once; the seed is printed."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest
from tests.conftest import OllamaServer
from tests.faults.engines import loaded
from tests.faults.faults import FAULTS
from tests.faults.world import LATEST, LONG, SHORT, UNREAD, WAYS, Way, World, world

# Rounds of an engine; each takes about as long as a row of the matrix.
ROUNDS = 8
# A review and a completion ask up to six times; the fault meets any of them.
SPARED = 4


def _seed() -> int:
    """POSTIL_FAULTS_SEED, or another one each time."""
    return int(os.environ.get("POSTIL_FAULTS_SEED") or random.SystemRandom().randrange(2**32))


@pytest.mark.real_ollama
@pytest.mark.real_embedded
@pytest.mark.parametrize("engine", ["ollama", "embedded"])
async def test_faults_at_random(tmp_path: Path, mender: OllamaServer, mender_gguf: Path, engine: str) -> None:
    seed = _seed()
    chance = random.Random(f"{seed} {engine}")
    if engine == "ollama":
        await loaded(mender)
    async with world(engine, tmp_path, mender, mender_gguf, jobs=2) as here:
        await here.settle(**LONG | SHORT)
        done = []
        for _ in range(ROUNDS):
            name = chance.choice(sorted(FAULTS))
            spare = chance.randrange(SPARED)
            ways = chance.sample(WAYS, chance.randint(1, len(WAYS)))
            done.append((name, spare, ways))
            print(f"POSTIL_FAULTS_SEED={seed} {engine}: {done[-1]}")
            here.engine.proxy.do(FAULTS[name], frozenset({"chat", "infill"}), spare)
            await _round(here, ways)
        here.engine.proxy.do(None)
        # What a fault let through was read, and isn't read again.
        here.edit("edit")
        here.edit("list")
        await here.well(WAYS)


async def _round(here: World, ways: list[Way]) -> None:
    """All that is asked comes to its end, with one message at most."""
    mark = len(here.client.heard)
    for way in ways:
        if way != "complete":
            here.edit(way)
    async with asyncio.timeout(3 * LATEST):
        await asyncio.gather(*(
            here.completed(2 * LATEST) if way == "complete" else here.reviewed(way, 2 * LATEST) for way in ways
        ))  # fmt: skip
    here.sound()
    told = [one for one in here.popups(mark) if UNREAD not in one]
    assert len(told) <= 1, told
