"""Under load: documents saved in the same second, ghost text beside a review, hosts that slow down, die, come back."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.client import POSTIL, Client, noted, started
from bench.completing import Typist
from bench.models import Models, Texts, answered, model_settings, open_engine, requests
from bench.report import Row, alternating, percentile
from bench.texts import FAULTY, SOUND

from postil.core.exchanges.kept import Exchange
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest, Message
from postil.engine.base import (
    Engine,
    EngineError,
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    StreamBroken,
)
from postil.engine.pool.engine import PoolEngine

DOCUMENTS = 8
SLOTS = (1, 2, 4)
# Issue 9: at most half as long again as on an idle engine.
GHOST_BAR = 1.5
# Seconds between two completions: somebody types, looks and types again; long enough for the review to go on, and
# never the same, so that they come upon it reading as well as writing.
PAUSES = (1.5, 4.5)
# Of one round: enough for a 95th percentile. The review lasts longer.
COMPLETIONS = 12
FILES = 60


async def saves(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Eight documents of two faulty functions saved at once: seconds to the first note of all and to the end of the
    last review, with 1, 2 and 4 slots; beside it the raw engine with the first question about each function, as many
    at once. One round: there are eight of each already."""
    rows = []
    texts = Texts(FAULTY, 1)
    for slots in SLOTS:
        async with started(POSTIL, folder) as client:
            await client.initialize({**model_settings(models, parallel=slots), "jobs": slots}, folder)
            # The model is in memory, and what stands before the code is read.
            await _saved(client, [texts.next()])
            first, last = await _saved(client, [texts.next() for _ in range(DOCUMENTS)])
        async with AsyncExitStack() as stack:
            engine = await open_engine(stack, model_settings(models, parallel=slots))
            await _asked(engine, models.name, [texts.next()], slots)
            raw = await _asked(engine, models.name, [texts.next() for _ in range(DOCUMENTS)], slots)
        what = f"{DOCUMENTS} saves at once, {slots} slot{'s' if slots > 1 else ''}"
        rows.append(Row(f"{what}: the first note", first, "s"))
        rows.append(Row(f"{what}: the last review's end", last, "s", raw, "first questions, raw"))
    return rows


async def _saved(client: Client, texts: list[str]) -> tuple[float, float]:
    """Seconds from the saves to the first note and to the end of the last review."""
    uris = []
    for text in texts:
        uris.append(f"file:///work/{text.partition('(')[0].split()[-1]}.py")
        client.open(uris[-1], text)
    await client.cheap()
    began = time.time()
    heard = [told for told, _ in await asyncio.gather(*(client.reviewed(uri) for uri in uris))]
    notes = [at for told in heard for at in noted(told)]
    if not notes:
        raise RuntimeError("the model found nothing in faulty functions")
    return min(notes) - began, time.time() - began


async def _asked(engine: Engine, model: str, texts: list[str], slots: int) -> float:
    began = time.monotonic()
    await answered(engine, [request for text in texts for request in requests(model, text)], slots)
    return time.monotonic() - began


async def ghost(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Ghost text at the end of a line that was just typed, on an idle engine and while the workspace is reviewed: the
    95th percentile of all the rounds' completions. Reviews and completions are of one model; each side has a server
    of its own, which nobody has asked for the other's texts, and completes the same."""
    top = folder / "workspace"
    top.mkdir()
    for number in range(FILES):
        (top / f"report_{number}.py").write_text(SOUND.format(name=f"part_{number}"), encoding="utf-8")
    async with AsyncExitStack() as stack:
        sides = {"idle": _typed, "busy": _beside_a_review}
        settings = {**model_settings(models), "model": {"review": models.name, "completion": models.name}}
        clients = {}
        for side in sides:
            (folder / side).mkdir()
            clients[side] = await stack.enter_async_context(started(POSTIL, folder / side))
            await clients[side].initialize(settings, top)
        names = Texts("{name}", len(sides))
        times = await alternating(rounds, {side: partial(typed, clients[side], names) for side, typed in sides.items()})
    idle, busy = ([each for one in times[side] for each in one] for side in sides)
    return [
        Row("ghost text while a workspace is reviewed, p95", _p95(busy), "ms", _p95(idle), "idle, p95", GHOST_BAR),
        Row("… median", median(busy), "ms", median(idle), "idle"),
    ]


async def _beside_a_review(client: Client, names: Texts) -> list[float]:
    heard = len(client.heard)
    review = asyncio.create_task(
        client.request("workspace/executeCommand", {"command": "postil.reviewWorkspace", "arguments": []})
    )
    asked = client.latest + 1
    await client.until(lambda: _told(client, heard, "postil/status", busy=True), "the review's beginning")
    times = await _typed(client, names)
    if review.done():
        raise RuntimeError(f"the review of {FILES} files was over before {COMPLETIONS} completions")
    if not _told(client, heard, "postil/reviewed"):
        raise RuntimeError("the review didn't go on between the completions")
    client.notify("$/cancelRequest", {"id": asked})
    with suppress(RuntimeError):
        await review
    await client.until(lambda: not _busy(client), "the review's end")
    return times


def _told(client: Client, since: int, method: str, **having: Any) -> bool:
    return any(
        heard.method == method and having.items() <= dict(heard.params or {}).items() for heard in client.heard[since:]
    )


def _busy(client: Client) -> bool:
    states = [heard.params["busy"] for heard in client.heard if heard.method == "postil/status"]
    return bool(states and states[-1])


def _p95(times: list[float]) -> float:
    return percentile(times, 0.95)


async def _typed(client: Client, names: Texts) -> list[float]:
    """Milliseconds of completions, each on a line of its own below the last one."""
    name = names.next()
    typist = Typist(client, name)
    typist.type("    begun = ")
    await typist.ask()
    pauses = random.Random(name)
    times = []
    for number in range(COMPLETIONS):
        await asyncio.sleep(pauses.uniform(*PAUSES))
        typist.enter()
        typist.type(f"    {name}_{number} = ")
        times.append((await typist.ask())[0])
    return times


# -- several hosts, played: on one machine real ones would share its cores, and measure those.


@dataclass(slots=True)
class PlayedHost:
    """A host that writes a token each `pace` seconds, while it is `up`."""

    name: str
    pace: float
    up: bool = True

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        for number in range(TOKENS):
            if not self.up:
                raise StreamBroken(f"{self.name} died") if number else EngineUnavailable(f"{self.name} is down")
            await asyncio.sleep(self.pace)
            yield Delta(f"{self.name} ")
        yield Delta(finish="stop")

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        async with aclosing(self.chat(ChatRequest(request.model, ()))) as stream:
            async for delta in stream:
                yield delta

    async def embed(self, request: EmbedRequest) -> Embeddings:
        raise EngineRefused(f"{self.name} makes no vectors")

    async def facts(self) -> EngineFacts:
        if not self.up:
            raise EngineUnavailable(f"{self.name} is down")
        return EngineFacts("ollama", self.name, (ModelInfo("model"),))

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return model

    def exchanges(self) -> tuple[Exchange, ...]:
        return ()

    def observed(self, model: str) -> Observed:
        return Observed()

    async def aclose(self) -> None:
        """Nothing to close."""


TOKENS = 10
REQUESTS = 120
SLOW, QUICK = 0.006, 0.002


async def hosts(folder: Path, rounds: int) -> list[Row]:
    """Two hosts, one three times as fast: the share of the fast one, also after it has slowed down to a ninth; and
    what becomes of the requests while one dies and comes back."""
    one, two = PlayedHost("quick", QUICK), PlayedHost("slow", SLOW)
    pool = PoolEngine((one, two))
    even = await _shares(pool)
    one.pace = SLOW * 3
    after = await _shares(pool)
    one.pace = QUICK

    async def dies() -> None:
        await asyncio.sleep(REQUESTS * TOKENS * QUICK / 4)
        two.up = False

    death = asyncio.create_task(dies())
    dying = await _shares(pool)
    await death
    two.up = True
    back = Counter[str]()
    # The first pause is a second; requests go on meanwhile.
    until = time.monotonic() + 3.0
    while time.monotonic() < until and not back["slow"]:
        back += await _shares(pool)
    await pool.aclose()
    if not back["slow"]:
        raise RuntimeError("the host that came back got no work")
    return [
        Row("share of a host that is 3 times as fast", even["quick"] / REQUESTS, "", 0.75, "its part of the capacity"),
        Row("… after it slowed down to a ninth", after["quick"] / REQUESTS, "", 0.25, "its part of the capacity"),
        Row("a host dies: requests lost before their first token", dying["lost"], "", value_bar=1),
        Row("… in the middle of their answer", dying["broken"], "", value_bar=2),
    ]


async def _shares(pool: PoolEngine) -> Counter[str]:
    """Which host answered so many requests, as many at once as a session asks (one a host)."""
    found: Counter[str] = Counter()
    numbers = iter(range(REQUESTS))

    async def work() -> None:
        for number in numbers:
            found[await _whose(pool, number)] += 1

    await asyncio.gather(work(), work())
    return found


async def _whose(pool: PoolEngine, number: int) -> str:
    said: list[Any] = []
    try:
        async with aclosing(pool.chat(ChatRequest("model", (Message("user", f"unit {number}"),)))) as stream:
            async for delta in stream:
                said.append(delta.text)
    except EngineError:
        return "broken" if said else "lost"
    return str(said[0]).strip()
