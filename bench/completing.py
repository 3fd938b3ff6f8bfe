"""Inline completion: what the server adds to the engine's time, and what a key costs, beside the usual layouts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.client import POSTIL, Client, started
from bench.models import Models, model_settings, open_engine
from bench.report import Row, alternating
from bench.startup import resident
from bench.texts import long_file

from postil.core.completion.window import window
from postil.core.request import InfillRequest, LoadOptions, Sampling
from postil.engine.base import Engine, ModelInfo
from postil.settings import CompletionSettings

# The bars of issue 4.
OVERHEAD_MS = 5.0
HIT_MS = 5.0
BURST_BAR = 1.1
SLIDING_BAR = 0.3
CANCEL_BAR = 1.2
MEMORY_BAR = 1.02
SUFFIX_AND = 16
GENERATIONS = 3  # below: at most two
KEYS = 20
KEY_SECONDS = 0.08
REQUESTS = 500
WARM = 600
# As in QUALITY.md: what a sliding window costs is said for 24 tokens.
TOKENS = 24
LINES = 400
ASKED = CompletionSettings()
RULES = [{"kind": "infill", "chunks": [{"text": "amount + 1\n"}]}]


async def _ask(client: Client, uri: str, line: int, character: int) -> tuple[float, Any]:
    """Milliseconds until the answer, and the items' texts."""
    sent = time.time()
    at, result = await client.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": 2},
        },
    )
    return (at - sent) * 1000, [item["insertText"] for item in (result or {"items": []})["items"]]


async def _counts(client: Client) -> dict[str, int]:
    _, found = await client.request("workspace/executeCommand", {"command": "postil.completionCounts"})
    return dict(found)


async def overhead(folder: Path, rounds: int) -> list[Row]:
    """A scripted engine that answers at once: all that is left is ours. Each request at another place (a miss), then
    there again (a hit), in a file of 2,200 lines."""
    script = folder / "completing.json"
    script.write_text(json.dumps(RULES), encoding="utf-8")
    misses, hits = [], []
    async with started((*POSTIL, "--engine-script", str(script)), folder) as client:
        await client.initialize({}, folder)
        uri = "file:///work/orders.py"
        # Every second line is a place of its own: pygls itself keeps about 2 KB of each change of a document.
        begun = [f"    value_{number} = " for number in range(WARM + REQUESTS)]
        lines = long_file(WARM + REQUESTS).split("\n")
        client.open(uri, "\n".join(f"{line}\n{new}" for line, new in zip(lines, begun, strict=False)))
        await client.cheap()
        sizes = []
        for number, new in enumerate(begun):
            place = (2 * number + 1, len(new))
            took, texts = await _ask(client, uri, *place)
            again, same = await _ask(client, uri, *place)
            if texts != ["amount + 1"] or same != texts:
                raise RuntimeError(f"the scripted completion didn't come: {texts}, {same}")
            if number >= WARM:
                misses.append(took)
                hits.append(again)
            if number == WARM:
                sizes.append(resident(client.process.pid))
        sizes.append(resident(client.process.pid))
    return [
        Row("completion: the server's own time, cache miss, median", median(misses), "ms", value_bar=OVERHEAD_MS),
        Row("completion: cache hit, median", median(hits), "ms", value_bar=HIT_MS),
        Row(
            f"memory after {REQUESTS} more completions",
            sizes[1] / 2**20,
            "MiB",
            sizes[0] / 2**20,
            f"after {WARM}",
            MEMORY_BAR,
        ),
    ]


@asynccontextmanager
async def completing_server(models: Models, folder: Path) -> AsyncGenerator[Client]:
    async with started(POSTIL, folder) as client:
        settings = model_settings(models)
        await client.initialize({**settings, "model": {"completion": models.name}}, folder)
        yield client


def _text(name: str) -> str:
    """Under each name another text, so that nobody finds it in a cache."""
    return long_file(LINES).replace("tally_", f"{name}_")


class Typist:
    """A document in which somebody types at one place; each place is a line of its own that nobody has seen."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.uri = f"file:///work/{name}.py"
        self.line = LINES // 2
        self.column = 0
        client.open(self.uri, _text(name))
        client.send(client.change(self.uri, self.line, 0, "\n"))

    def type(self, text: str) -> None:
        self.client.send(self.client.change(self.uri, self.line, self.column, text))
        self.column += len(text)

    def enter(self) -> None:
        self.type("\n")
        self.line, self.column = self.line + 1, 0

    async def ask(self) -> tuple[float, Any]:
        return await _ask(self.client, self.uri, self.line, self.column)


async def keys(models: Models, folder: Path, rounds: int) -> list[Row]:
    """One character typed after an answer, at a place that the engine has read: the next answer beside that of the
    raw engine with a window of the same size that slides by character; and the tokens that it evaluated."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(completing_server(models, folder))
        engine = await open_engine(stack, model_settings(models))
        ours, evaluated = [], []
        for number in range(rounds):
            typing = Typist(client, f"keys_{number}")
            typing.type(f"    result_{number} = ")
            await typing.ask()
            # Something that the ghost text doesn't begin with.
            before = await _counts(client)
            typing.type("q")
            took, _ = await typing.ask()
            after = await _counts(client)
            if after["generations"] != before["generations"] + 1:
                raise RuntimeError("the key didn't reach the model")
            ours.append(took)
            evaluated.append(
                after["promptTokens"] - before["promptTokens"] - after["cachedTokens"] + before["cachedTokens"]
            )
        sliding = []
        for number in range(rounds):
            begun = f"    result_{number} = "
            await _raw(engine, models, f"sliding_{number}", begun)
            sliding.append(await _raw(engine, models, f"sliding_{number}", begun + "q"))
        suffix = await _suffix_tokens(engine, models)
    return [
        Row("the next key's answer", median(ours), "ms", median(sliding), "sliding window", SLIDING_BAR),
        Row(
            f"prompt tokens evaluated per key (suffix: {suffix})",
            median(evaluated),
            "tokens",
            value_bar=suffix + SUFFIX_AND + 1,
        ),
    ]


def _around(name: str, begun: str) -> tuple[str, str]:
    lines = _text(name).split("\n")
    half = LINES // 2
    before = "\n".join(lines[:half]) + "\n" + begun
    return before, "\n" + "\n".join(lines[half:])


async def _raw(engine: Engine, models: Models, name: str, begun: str) -> float:
    """Milliseconds for the sliding layout: the last characters before the cursor, whatever they are."""
    before, after = _around(name, begun)
    prefix, suffix = before[-ASKED.prefix_chars :], after[: ASKED.suffix_chars]
    fim = (await engine.describe(ModelInfo(models.name))).raw_tokens
    return await _timed(engine, InfillRequest(models.name, prefix, suffix, Sampling(max_tokens=TOKENS), fim=fim))


async def _timed(engine: Engine, request: InfillRequest) -> float:
    request = replace(request, load=LoadOptions(num_ctx=4096))
    began = time.monotonic()
    async with aclosing(engine.infill(request)) as stream:
        async for _ in stream:
            pass
    return (time.monotonic() - began) * 1000


async def _suffix_tokens(engine: Engine, models: Models) -> int:
    """The suffix in the engine's own tokens."""
    before, after = _around("suffix", "    x = ")
    seen = window(before, after, ASKED.prefix_chars, ASKED.suffix_chars)
    counts = []
    for suffix in (seen.suffix, ""):
        load, fim = LoadOptions(num_ctx=4096), (await engine.describe(ModelInfo(models.name))).raw_tokens
        request = InfillRequest(models.name, seen.prefix, suffix, Sampling(max_tokens=1), load, fim=fim)
        async with aclosing(engine.infill(request)) as stream:
            usages = [delta.usage async for delta in stream if delta.usage is not None]
        counts.append(usages[-1].prompt_tokens)
    return counts[0] - counts[1]


async def burst(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Keys 80 ms apart, each with its request: how often the model is reached, and how long after the last key its
    answer comes, beside a single key's answer at the same kind of place."""
    word = "q_zeta_of_all_orders"
    single, last, reached = [], [], []
    async with completing_server(models, folder) as client:
        for number in range(rounds):
            typing = Typist(client, f"burst_{number}")
            typing.type("    ")
            await typing.ask()
            before = await _counts(client)
            asked = []
            for char in word[:KEYS]:
                typing.type(char)
                asked.append(asyncio.create_task(typing.ask()))
                await asyncio.sleep(KEY_SECONDS)
            took = [await each for each in asked]
            reached.append((await _counts(client))["generations"] - before["generations"])
            if not reached[-1]:
                raise RuntimeError("no key reached the model")
            last.append(took[-1][0])
            other = Typist(client, f"single_{number}")
            other.type("    ")
            await other.ask()
            await asyncio.sleep(0.5)
            other.type(word)
            single.append((await other.ask())[0])
    return [
        Row(f"{KEYS} keys at 80 ms: generations, most", max(reached), "", value_bar=GENERATIONS),
        Row("… the last key's answer", median(last), "ms", median(single), "a single key", BURST_BAR),
    ]


async def cancelled(models: Models, folder: Path, rounds: int) -> list[Row]:
    """A request that is cancelled while the model writes, and the next one's time beside that of an idle engine."""
    seen: dict[str, list[float]] = {"busy": [], "idle": []}
    async with completing_server(models, folder) as client:
        number = 0

        async def once(busy: bool) -> float:
            nonlocal number
            number += 1
            if busy:
                other = Typist(client, f"cancel_{number}")
                other.type(f"def tell_{number}(orders):\n    ")
                other.line, other.column = other.line + 1, 4
                task = asyncio.create_task(other.ask())
                await asyncio.sleep(1.0)
                task.cancel()
                client.notify("$/cancelRequest", {"id": client.latest})
            typing = Typist(client, f"place_{number}")
            typing.type(f"    total_{number} = ")
            return (await typing.ask())[0]

        seen = await alternating(rounds, {"busy": lambda: once(True), "idle": lambda: once(False)})
        if (await _counts(client))["generations"] != 3 * rounds:
            raise RuntimeError("a request didn't reach the model")
    return [
        Row("completion after a cancelled one", median(seen["busy"]), "ms", median(seen["idle"]), "idle", CANCEL_BAR)
    ]
