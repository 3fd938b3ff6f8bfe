"""A rewrite beside a build: every core is taken, and the model's threads wait for each other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.models import Models, Texts, ends, model_settings, open_engine, requests
from bench.report import Row, alternating, medians
from bench.texts import SOUND
from postil.engine.base import Engine

# What libgomp (15's env.c) takes where nobody says anything and there are as many cores as threads.
THEIRS = "300000"
BAR = 1.0
LOOP = "while True: pass"


async def loaded(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Seconds for the whole rewrite of one function of 25 lines while every core has another process on it; beside it
    the same by a child that waits as libgomp does by itself. Then both on the idle machine."""
    rows = []
    async with AsyncExitStack() as stack:
        engines = {"ours": await open_engine(stack, model_settings(models))}
        with _environment("GOMP_SPINCOUNT", THEIRS):
            engines["theirs"] = await open_engine(stack, model_settings(models))
            texts = Texts(SOUND, 2)
            # The child starts with its first request, and keeps its environment.
            await _once(engines["theirs"], models, texts)
        await _once(engines["ours"], models, texts)
        sides: dict[str, Callable[[], Any]] = {
            name: partial(_once, each, models, texts) for name, each in engines.items()
        }
        what = f"rewrite of {SOUND.count(chr(10))} lines"
        for where, processes in ((f"{what}, every core taken", os.cpu_count() or 1), (f"{what}, idle", 0)):
            with _busy(processes):
                seen = medians(await alternating(rounds, sides))
            bar = BAR if processes else None
            rows.append(Row(where, seen["ours"], "s", seen["theirs"], "libgomp's own wait", bar))
    return rows


async def _once(engine: Engine, models: Models, texts: Texts) -> float:
    return (await ends(engine, requests(models.name, texts.next())))[-1]


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    running = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
