"""`make soak`: a server at work for ten minutes, and whether its memory grows. Exit code 1 when it does.

Every round opens a file of a new name, types in it, saves it until its review is over, completes, hovers, asks for code
actions, sends nonsense, cancels, changes settings now and then, and closes the file of some rounds before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.client import PLAIN, POSTIL, Client, encoded, started
from bench.report import machine
from bench.startup import resident
from bench.texts import faulty_function, long_file

# The bounds of the caches are settings: small ones are full before the measuring begins.
CACHES = {"reviews": 40, "completions": 40, "files": 10}
EDITS = 100
COMPLETIONS = 5
OPEN = 5
# A round's hundred edits leave 200 KiB behind in a server that keeps the future of each. What the allocator does by
# itself is below this.
FLAT = 8.0
# The share of the time in which caches fill up and modules are imported; it isn't measured.
WARM = 1 / 3
SCRIPT = [
    {"match": {"contains": "def broken("}, "error": "broken", "chunks": [{"text": "    "}]},
    {"match": {"contains": "def faulty_"}, "echo": True, "replace": [["total - first", "total + first"]]},
    {"kind": "infill", "chunks": [{"text": "amount + 1\n"}]},
]


@dataclass(slots=True)
class Soaked:
    """Samples of (seconds, rounds, bytes of the resident set), after the warm part too."""

    seconds: float
    samples: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def measured(self) -> list[tuple[float, int, int]]:
        return [sample for sample in self.samples if sample[0] >= self.seconds * WARM]

    @property
    def per_round(self) -> float:
        """KiB by which memory grows in a round: the slope of the line through the samples."""
        return _slope([(rounds, size / 1024) for _, rounds, size in self.measured])

    @property
    def per_minute(self) -> float:
        """KiB a minute."""
        return 60 * _slope([(at, size / 1024) for at, _, size in self.measured])

    @property
    def flat(self) -> bool:
        return self.per_round <= FLAT


def _slope(points: Sequence[tuple[float, float]]) -> float:
    if len(points) < 2:
        raise ValueError("too short: there is nothing to draw a line through")
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    across = sum((at - x) ** 2 for at, _ in points)
    return sum((at - x) * (value - y) for at, value in points) / across if across else 0.0


async def soak(
    command: Sequence[str], settings: Mapping[str, Any], folder: Path, seconds: float, interval: float
) -> Soaked:
    """A server that works for so long; its memory is looked at every `interval` seconds, and printed."""
    soaked, began = Soaked(seconds), time.monotonic()
    reviewing = tuple(command) != PLAIN
    async with started(command, folder) as client:
        await client.initialize(settings, folder)
        await client.cheap()
        rounds, due = 0, 0.0
        while (now := time.monotonic() - began) < seconds:
            if now >= due:
                size = resident(client.process.pid)
                soaked.samples.append((now, rounds, size))
                print(f"{now:6.0f} s  {rounds:6} rounds  {size / 2**20:7.1f} MiB", flush=True)
                due = now + interval
            await _round(client, rounds, settings, reviewing=reviewing)
            rounds += 1
        soaked.samples.append((time.monotonic() - began, rounds, resident(client.process.pid)))
    return soaked


async def _round(client: Client, number: int, settings: Mapping[str, Any], *, reviewing: bool) -> None:
    uri = f"file:///work/a%20file%20{number}.py"
    name = f"faulty_{number}" if number % 10 else "broken"
    client.open(uri, faulty_function(name, 12) + "\n\n" + long_file(60))
    client.write(b"".join(encoded(client.change(uri, 30, column, "x")) for column in range(EDITS)))
    if reviewing and number % 7 == 6:
        # It can't be read: the server closes the document.
        client.send({"method": "textDocument/didChange", "params": {"textDocument": {"uri": uri, "version": 0}}})
    if reviewing:
        await _work(client, uri, number, settings)
    await client.cheap()
    if number >= OPEN:
        old = f"file:///work/a%20file%20{number - OPEN}.py"
        client.notify("textDocument/didClose", {"textDocument": {"uri": old}})
    client.heard.clear()


async def _work(client: Client, uri: str, number: int, settings: Mapping[str, Any]) -> None:
    document = {"uri": uri}
    if number % 7 != 6:
        await client.reviewed(uri)
    start = {"line": 20, "character": 0}
    place = {"textDocument": document, "position": start}
    for line in range(COMPLETIONS):
        where = {"textDocument": document, "position": {"line": 17 + line, "character": 40}}
        await client.request("textDocument/inlineCompletion", {**where, "context": {"triggerKind": 1}})
    await client.request("textDocument/hover", place)
    context = {"range": {"start": start, "end": start}, "context": {"diagnostics": []}}
    await client.request("textDocument/codeAction", {"textDocument": document, **context})
    with suppress(RuntimeError):
        await client.request(f"postil/nonsense{number}", {"number": number})
    client.notify("$/cancelRequest", {"id": client.latest})
    client.notify(f"postil/notice{number}", {"number": number})
    if number % 20 == 0:
        # All of them: what a change doesn't name is the default again, the engine too.
        review = {**settings["review"], "max_units": 50 + number % 40}
        client.notify("workspace/didChangeConfiguration", {"settings": {**settings, "review": review}})


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, metavar="N", help="how long (600)")
    parser.add_argument("--interval", type=float, default=30.0, metavar="N", help="between two looks (30)")
    parser.add_argument(
        "--engine", choices=("scripted", "embedded", "ollama", "none"), default="scripted",
        help="who answers; none = plain pygls, which leaks: the control",
    )  # fmt: skip
    parser.add_argument("--model", default="qwen2.5-coder:0.5b", help="of a real engine")
    return parser.parse_args(given)


async def run(options: argparse.Namespace) -> Soaked:
    settings: dict[str, Any] = {"review": {"show": "all", "min_score": 0}, "cache": CACHES}
    command: tuple[str, ...] = POSTIL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.engine == "none":
            command = PLAIN
        elif options.engine == "scripted":
            script = folder / "soak.json"
            script.write_text(json.dumps(SCRIPT), encoding="utf-8")
            command = (*POSTIL, "--engine-script", str(script))
        else:
            model = {"review": options.model, "completion": options.model}
            settings |= {"engine": options.engine, "model": model, "num_ctx": 4096}
        return await soak(command, settings, folder, options.seconds, options.interval)


def main() -> int:
    options = arguments()
    print(machine())
    soaked = asyncio.run(run(options))
    verdict = "flat" if soaked.flat else f"NOT flat (more than {FLAT:g} KiB a round)"
    print(f"grows by {soaked.per_round:.2f} KiB a round, {soaked.per_minute:.0f} KiB a minute: {verdict}")
    return 0 if soaked.flat else 1


if __name__ == "__main__":
    sys.exit(main())
