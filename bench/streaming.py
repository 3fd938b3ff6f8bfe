"""Three reviews that stream at once: does the server still answer, and how long does a note lie about?"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.client import PLAIN, POSTIL, Client, Heard, noted, started
from bench.report import Row, alternating, percentile
from bench.texts import faulty_function, long_file

# A stall of 50 ms is felt while typing; a note within 50 ms of its token seems to come with it.
BAR_MS = 50.0
TICK = 0.01
REVIEWS = 3
LINES = 1_000
# As long as a unit gets. A line each 10 ms in three streams is ten times what a model writes on a CPU.
FUNCTION_LINES = 100
SECONDS = 5.0
FAULTY = {"contains": "def faulty_"}
SENTENCE = ("It ", "takes ", "away ", "what ", "the ", "total ", "should ", "get.")
RULES = [
    {"match": FAULTY, "echo": True, "after_ms": 10, "replace": [["total - first", "total + first"]]},
    {"match": FAULTY, "kind": "why", "chunks": [{"text": word, "after_ms": 20} for word in SENTENCE]},
]


@dataclass(slots=True)
class Seen:
    """Milliseconds: of every round trip, and from every token that decided a note to the note's publish."""

    trips: list[float] = field(default_factory=list)
    notes: list[float] = field(default_factory=list)


async def streaming(folder: Path, rounds: int) -> list[Row]:
    """The 99th percentile of a cheap request's round trips, one sent every 10 ms whether or not the last one is
    answered; and the time from the rewrite's deciding token to the publish of its note."""

    async def idle() -> Seen:
        async with started(PLAIN, folder) as client:
            await client.initialize({}, folder)
            return Seen(await _trips(client, time.time() + SECONDS))

    seen = await alternating(rounds, {"plain": idle, "postil": lambda: _busy(folder)})

    def of_trips(side: str, share: float) -> float:
        return median(percentile(each.trips, share) for each in seen[side])

    # A round has a dozen notes: percentiles of all rounds together.
    notes = [wait for each in seen["postil"] for wait in each.notes]
    stall = f"round trip while {REVIEWS} reviews stream"
    return [
        Row(f"{stall}, p99", of_trips("postil", 0.99), "ms", of_trips("plain", 0.99), "pygls, idle", value_bar=BAR_MS),
        Row(f"{stall}, longest", of_trips("postil", 1), "ms", of_trips("plain", 1), "pygls, idle"),
        Row("deciding token to its note, p95", percentile(notes, 0.95), "ms", value_bar=BAR_MS),
        Row("deciding token to its note, longest", max(notes), "ms"),
    ]


async def _busy(folder: Path) -> Seen:
    script, journal = folder / "streaming.json", folder / "journal"
    script.write_text(json.dumps(RULES), encoding="utf-8")
    journal.unlink(missing_ok=True)
    command = (*POSTIL, "--engine-script", str(script), "--engine-journal", str(journal))
    async with started(command, folder) as client:
        await client.initialize({"review": {"show": "all", "reason": True, "minScore": 0}, "jobs": REVIEWS}, folder)
        uris = [f"file:///work/file_{number}.py" for number in range(REVIEWS)]
        for number, uri in enumerate(uris):
            head = faulty_function(f"faulty_{number}", FUNCTION_LINES) + "\n\n"
            client.open(uri, head + long_file(LINES - head.count("\n")))
            # Everything is reviewed once, so that from now on each save streams one function, as in daily work.
            await client.reviewed(uri)
        first = len(client.heard)
        end = time.time() + SECONDS
        chains = asyncio.gather(*(_chain(client, uri, end) for uri in uris))
        trips, _ = await asyncio.gather(_trips(client, end), chains)
        heard = client.heard[first:]
    waits = []
    for number, uri in enumerate(uris):
        shown = _shown([each for each in heard if isinstance(each.params, dict) and each.params.get("uri") == uri])
        waits += _waits(journal, f"def faulty_{number}(", heard[0].at, shown)
    return Seen(trips, waits)


async def _chain(client: Client, uri: str, end: float) -> None:
    """Edits and saves, again and again: one review after another."""
    number = 0
    while time.time() < end:
        client.send(client.change(uri, 2 + number, 4, "x"))
        await client.reviewed(uri)
        number += 1


async def _trips(client: Client, end: float) -> list[float]:
    async def trip(sent: float) -> float:
        return (await client.cheap() - sent) * 1000

    tasks = []
    due = time.time()
    while due < end:
        await asyncio.sleep(max(0.0, due - time.time()))
        tasks.append(asyncio.create_task(trip(time.time())))
        due += TICK
    return list(await asyncio.gather(*tasks))


def _shown(heard: list[Heard]) -> list[float]:
    """When a document got its note: each review of the chain took the one before away."""
    times: list[float] = []
    review: list[Heard] = []
    for each in heard:
        review.append(each)
        if each.method == "postil/reviewed":
            times += noted(review)
            review = []
    return times


def _waits(journal: Path, function: str, begun: float, shown: list[float]) -> list[float]:
    """Milliseconds from each rewrite of the function that was left at its difference to the note's publish. A rewrite
    that goes on behind a difference is left too, at its end: only a difference is followed by the question why."""
    decided, left = [], 0.0
    for step in map(json.loads, journal.read_text(encoding="utf-8").splitlines()):
        if function not in step["contains"]:
            continue
        if (step["event"], step["kind"]) == ("closed", "chat"):
            left = step["token"]
        elif (step["event"], step["kind"]) == ("started", "why") and left > begun:
            decided.append(left)
    if not decided or len(decided) != len(shown):
        raise RuntimeError(f"{len(decided)} rewrites ended in a note, {len(shown)} notes were published")
    return [(at - token) * 1000 for token, at in zip(decided, shown, strict=True)]
