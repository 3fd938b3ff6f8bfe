"""`make bench`: how fast it is, each measure beside its peer in the same run. Exit code 1 when a bar is missed."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import completing, indexing, load
from bench.answers import answers
from bench.edits import typing
from bench.explaining import explaining
from bench.fixing import fixing
from bench.loaded import loaded
from bench.models import Models, notes, speculation, tokens
from bench.reloading import reload
from bench.report import Row, command, machine, printer, table
from bench.startup import idle_memory, startup
from bench.streaming import streaming
from rich.console import Console

Measure = Callable[[Path, int], Awaitable[list[Row]]]

# The reference of the published figures; `--model qwen2.5-coder:0.5b` for a quick look.
MODEL = "qwen2.5-coder:1.5b"


@dataclass(frozen=True, slots=True)
class Entry:
    """A measure by its name for `--only`."""

    about: str
    run: Measure
    model: bool = False


def entries(models: Models) -> Mapping[str, Entry]:
    """All measures, in the order they run."""
    return {
        "start": Entry("start to the answer of `initialize`", startup),
        "memory": Entry("memory of a server that waits", idle_memory),
        "typing": Entry("10,000 edits in 5,000 lines, before and after a review", typing),
        "streaming": Entry("round trips, and the way of a note, while three reviews stream", streaming),
        "reload": Entry("from a saved Modelfile to the new review's request", reload),
        "index": Entry("10,000 files into the index, one saved file, a search", indexing.index),
        "completion": Entry("500 completions by a scripted engine: our own time, and memory", completing.overhead),
        "hosts": Entry("shares of two hosts, and what becomes of requests when one dies", load.hosts),
        "notes": Entry("first and last note beside the raw stream", partial(notes, models), True),
        "speculation": Entry(
            "a rewrite with and without speculation, and by Ollama", partial(speculation, models), True
        ),
        "loaded": Entry("a rewrite while every core is taken by others", partial(loaded, models), True),
        "fix": Entry("a fix on demand, plain, speculative, by Ollama; its prefill", partial(fixing, models), True),
        "answers": Entry("the answers of one fix in one slot and in two", partial(answers, models), True),
        "sentence": Entry("a note's sentence beside the model's own", partial(explaining, models), True),
        "tokens": Entry("prompt tokens of a one-function edit", partial(tokens, models), True),
        "keys": Entry("a key's answer beside a sliding window", partial(completing.keys, models), True),
        "burst": Entry(f"{completing.KEYS} keys in a row", partial(completing.burst, models), True),
        "saves": Entry(f"{load.DOCUMENTS} documents saved at once, 1 to 4 slots", partial(load.saves, models), True),
        "ghost": Entry("ghost text while a workspace is reviewed", partial(load.ghost, models), True),
        "cancel": Entry("a completion after a cancelled one", partial(completing.cancelled, models), True),
    }


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="only this measure; may be given again")
    parser.add_argument("--list", action="store_true", help="the names of the measures")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="medians of so many rounds")
    parser.add_argument("--model", default=MODEL, help="for the measures with a real model")
    parser.add_argument("--no-models", action="store_true", help="only the measures with a scripted model")
    parser.add_argument("--quick", action="store_true", help="one round, and `tokens` with 300 lines for its 1,000")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the rows as JSON")
    options = parser.parse_args(given)
    if options.rounds < 1:
        parser.error("--rounds takes a number from 1 on")
    return options


async def measured(chosen: Mapping[str, Entry], rounds: int, progress: Console) -> tuple[list[Row], list[str]]:
    """The rows, and a line for each measure that failed."""
    rows: list[Row] = []
    failed: list[str] = []
    for name, entry in chosen.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            try:
                with progress.status(f"{name}: {entry.about}"):
                    rows += await entry.run(folder, rounds)
            except (RuntimeError, OSError, TimeoutError) as error:
                failed.append(f"{name} was not measured: {error}")
                log = folder / "server.log"
                if log.exists() and (said := log.read_text(encoding="utf-8", errors="replace")[-2000:]):
                    failed.append(said)
        progress.print(f"{name}: {time.monotonic() - began:.0f} s", style="dim")
    return rows, failed


async def main() -> int:
    options = arguments()
    known = entries(Models(options.model, 300 if options.quick else 1_000))
    if options.list:
        for name, entry in known.items():
            print(f"{name:12} {entry.about}{' (real model)' if entry.model else ''}")
        return 0
    wrong = [name for name in options.only or () if name not in known]
    if wrong:
        print(f"there is no measure {wrong[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = {
        name: entry
        for name, entry in known.items()
        if name in (options.only or known) and not (options.no_models and entry.model)
    }
    model = options.model if any(entry.model for entry in chosen.values()) else "no model"
    # Not rich's: a terminal's width must not break the line that makes figures comparable.
    print(f"{machine()}; {model}; {command()}", flush=True)
    rounds = 1 if options.quick else options.rounds
    rows, failed = await measured(chosen, rounds, Console(stderr=True))
    if rows:
        printer().print(table(rows, f"medians of {rounds} rounds" if rounds > 1 else "one round"))
    for line in failed:
        print(line, file=sys.stderr)
    if options.json:
        found = {"machine": machine(), "model": model, "command": command(), "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if failed or any(row.ok is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
