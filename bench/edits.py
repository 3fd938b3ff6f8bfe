"""Typing: ten thousand edits of one character in a file of five thousand lines."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.client import PLAIN, POSTIL, Client, encoded, started
from bench.report import Row, alternating, medians
from bench.texts import faulty_function, long_file

LINES = 5_000
EDITS = 10_000
BAR = 1.3
URI = "file:///work/long.py"
# A note in the file's first function, found by the scripted model.
FAULT = [{"match": {"contains": "def faulty("}, "echo": True, "replace": [["total - first", "total + first"]]}]


async def typing(folder: Path, rounds: int) -> list[Row]:
    """Edits a second while nothing was reviewed, and while the file has been reviewed and a note moves along."""
    script = folder / "edits.json"
    script.write_text(json.dumps(FAULT), encoding="utf-8")
    command = (*POSTIL, "--engine-script", str(script))

    async def once(command: tuple[str, ...], *, review: bool = False) -> float:
        async with started(command, folder) as client:
            await client.initialize({"review": {"show": "all", "minScore": 0}}, folder)
            head = faulty_function("faulty", 20) + "\n\n"
            client.open(URI, head + long_file(LINES - head.count("\n")))
            if review:
                told, _ = await client.reviewed(URI)
                if not any(each.params.get("diagnostics") for each in told):
                    raise RuntimeError("the scripted review found nothing: the edits would move no note")
            await client.cheap()
            return EDITS / await _type(client)

    sides = {
        "plain": lambda: once(PLAIN),
        "postil": lambda: once(command),
        "reviewed": lambda: once(command, review=True),
    }
    seen = medians(await alternating(rounds, sides))
    return [
        Row(name, seen[side], "edits/s", seen["plain"], "plain pygls", BAR, more_is_better=True)
        for name, side in ((f"typing in {LINES:,} lines", "postil"), ("the same after a review", "reviewed"))
    ]


async def _type(client: Client) -> float:
    """Seconds until the server has dealt with all edits. Eighty of them in a line, then the next line."""
    messages = []
    for number in range(EDITS):
        line = LINES // 2 + number // 80
        messages.append(encoded(client.change(URI, line, number % 80, "x")))
    # One piece: the server is measured, not the client's encoding.
    data = b"".join(messages)
    began = time.time()
    client.write(data)
    return await client.cheap() - began
