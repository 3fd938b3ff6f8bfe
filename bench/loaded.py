"""A rewrite beside a build: every core is taken, and the model's threads wait for each other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from bench.models import Models, Texts, model_settings, open_engine, rewritten
from bench.report import Row, alternating, medians
from bench.texts import SOUND

from postil.engine.embedded.process import GOMP_SPINCOUNT

# What libgomp takes where nobody says anything (OMP_DISPLAY_ENV=verbose prints it).
THEIRS = "300000"
BAR = 1.0
LOOP = "while True: pass"


async def loaded(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Seconds for the whole rewrite of one function while every core has another process on it; beside it the same by
    a child that waits as libgomp does by itself. Then both on the idle machine."""
    rows, sides, texts = [], {}, Texts(SOUND, 2)
    async with AsyncExitStack() as stack:
        for name, looks in (("ours", GOMP_SPINCOUNT), ("theirs", THEIRS)):
            engine = await open_engine(stack, model_settings(models))
            sides[name] = partial(rewritten, engine, models, texts)
            # The child starts with its first request, and keeps its environment.
            with patch.dict(os.environ, GOMP_SPINCOUNT=looks):
                await sides[name]()
        what = f"rewrite of {SOUND.count(chr(10))} lines"
        for where, processes in ((f"{what}, every core taken", os.cpu_count() or 1), (f"{what}, idle", 0)):
            with _busy(processes):
                seen = medians(await alternating(rounds, sides))
            bar = BAR if processes else None
            rows.append(Row(where, seen["ours"], "s", seen["theirs"], "libgomp's own wait", bar))
    return rows


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    running = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()
