"""From a saved Modelfile to the request of the new review."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from bench.client import POSTIL, started
from bench.report import Row, percentile
from bench.texts import long_file

# What the issue demands; 150 of it are the quiet that the server waits for, since editors write a file in steps.
BAR_MS = 400.0
SAVES = 20
LINES = 1_000
# A save that nothing comes of within this is none that the server has seen.
PATIENCE = 20.0


async def reload(folder: Path, rounds: int) -> list[Row]:
    """Milliseconds from the end of writing a persona into the workspace, which the server watches itself, to the first
    request with its new SYSTEM leaving for a scripted engine; a document of 1,000 lines is open and reviewed."""
    waits = [wait for _ in range(rounds) for wait in await _round(folder)]
    return [
        Row(f"saved Modelfile to the new review's request, {LINES:,} lines, median", percentile(waits, 0.5), "ms",
            value_bar=BAR_MS),
        Row("the same, p95", percentile(waits, 0.95), "ms"),
    ]  # fmt: skip


async def _round(folder: Path) -> list[float]:
    script, journal = folder / "reload.json", folder / "journal"
    script.write_text("[]", encoding="utf-8")
    journal.unlink(missing_ok=True)
    file = folder / "Modelfiles" / "team.Modelfile"
    file.parent.mkdir(exist_ok=True)
    _save(file, 0)
    command = (*POSTIL, "--engine-script", str(script), "--engine-journal", str(journal))
    waits = []
    async with started(command, folder) as client:
        await client.initialize({"review": {"show": "all", "personas": ["team"]}}, folder)
        uri = "file:///work/file.py"
        client.open(uri, long_file(LINES))
        await client.reviewed(uri)
        for number in range(1, SAVES + 1):
            before = len(client.heard)
            saved = _save(file, number)
            waits.append(1000 * (await _asked(journal, f"Number {number}.") - saved))
            await client.until(
                lambda before=before: any(each.method == "postil/reviewed" for each in client.heard[before:]),
                "the end of the review",
            )
    return waits


def _save(file: Path, number: int) -> float:
    """When the file was written, by the wall clock."""
    part = file.with_suffix(".part")
    part.write_text(f"FROM qwen2.5-coder:1.5b\nSYSTEM Number {number}.\n", encoding="utf-8")
    part.replace(file)
    return time.time()


async def _asked(journal: Path, system: str) -> float:
    """When the first request with this SYSTEM left."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for step in _steps(journal):
            if step.get("system") == system and step["event"] == "started":
                return float(step["at"])
        # Another process writes the file: there is no event to wait for. It tells its own time.
        await asyncio.sleep(0.02)
    raise RuntimeError(f"no review with {system!r} within {PATIENCE:.0f} s of the save")


def _steps(journal: Path) -> list[dict[str, Any]]:
    lines = journal.read_text(encoding="utf-8").splitlines()
    # The last one may be half written.
    return [json.loads(line) for line in lines if line.endswith("}")]
