"""With a real model: notes beside the raw stream, speculation beside none and Ollama, what an edit costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench import ollama_part
from bench.client import POSTIL, Client, noted, started
from bench.eval.library import functions
from bench.report import Row, alternating, medians
from bench.texts import FAULTY, SOUND

from postil.core.models.catalogue import catalogue
from postil.core.request import ChatRequest
from postil.core.review.prompt import UnitPrompt, edit_request
from postil.core.syntax.split import split_units
from postil.engine.base import Engine
from postil.engine.choose import choose_engine
from postil.engine.download.store import find_gguf
from postil.service.personas.load import load_personas
from postil.settings import settings_of

# Room for a unit of full length with its copy; less memory than the default, which every engine here takes anew.
NUM_CTX = 4096
NAMES = ("day", "week", "month", "quarter", "season", "year", "decade", "century", "shift", "term", "lap", "trip")
# At most a tenth of the first review's tokens, says the issue; and speculation has to pay.
TOKENS_BAR = 0.1
SPECULATION_BAR = 1.0


@dataclass(frozen=True, slots=True)
class Models:
    """`lines`: of the file whose edit is counted."""

    name: str
    lines: int


def model_settings(models: Models, **embedded: Any) -> dict[str, Any]:
    if find_gguf(models.name) is None:
        raise RuntimeError(f"{models.name} isn't here: postil models pull {models.name} --engine embedded")
    return {
        "engine": "embedded",
        "model": {"review": models.name},
        "review": {"show": "all", "min_score": 0},
        "num_ctx": NUM_CTX,
        "embedded": embedded,
    }


class Texts:
    """A text that no engine has seen in each round, the same for all sides of a round; the first is for warming."""

    def __init__(self, template: str, sides: int) -> None:
        self._template = template
        self._sides = sides
        self._asked = 0

    def next(self) -> str:
        number, self._asked = self._asked // self._sides, self._asked + 1
        name = NAMES[number % len(NAMES)]
        return self._template.format(name=name if number < len(NAMES) else f"{name}_{number}")


def requests(model: str, text: str) -> list[ChatRequest]:
    """What a review asks first about each unit of a Python text."""
    persona = load_personas().personas["reviewer"]
    return [
        edit_request(UnitPrompt(model, catalogue().profile_of(model), persona, unit, NUM_CTX))
        for unit in split_units(text, "python")
    ]


async def _ends(engine: Engine, asked: Sequence[ChatRequest]) -> list[float]:
    """Seconds until the end of each stream, one after the other."""
    began, ends = time.monotonic(), []
    for request in asked:
        async with aclosing(engine.chat(request)) as stream:
            async for _ in stream:
                pass
        ends.append(time.monotonic() - began)
    return ends


async def answered(engine: Engine, asked: Sequence[ChatRequest], slots: int) -> None:
    """Reads all answers, so many at once."""
    gate = asyncio.Semaphore(slots)

    async def ask(request: ChatRequest) -> None:
        async with gate, aclosing(engine.chat(request)) as stream:
            async for _ in stream:
                pass

    # Not `gather`: when an engine ends, the other requests would start it again.
    async with asyncio.TaskGroup() as group:
        for request in asked:
            group.create_task(ask(request))


async def open_engine(stack: AsyncExitStack, settings: dict[str, Any]) -> Engine:
    choice = await choose_engine(settings_of(settings))
    stack.push_async_callback(choice.engine.aclose)
    return choice.engine


async def compared(stack: AsyncExitStack, models: Models, folder: Path) -> dict[str, Engine]:
    """The embedded engine `with` speculation and `without`, and `ollama` where one was built."""
    engines = {
        "with": await open_engine(stack, model_settings(models)),
        "without": await open_engine(stack, model_settings(models, speculation=False)),
    }
    if ollama_part.binary() is not None:
        host = await stack.enter_async_context(ollama_part.running(models.name, folder))
        engines["ollama"] = await open_engine(stack, {"engine": "ollama", "ollama": {"host": host}})
    return engines


async def notes(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Seconds from the save to the first and the last note on two faulty functions; beside it the end of the first
    and the last raw stream of the same requests, which is when a client that waits for whole answers could begin."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(started(POSTIL, folder))
        await client.initialize(model_settings(models), folder)
        engine = await open_engine(stack, model_settings(models))
        texts = Texts(FAULTY, 2)

        async def raw() -> tuple[float, float]:
            ends = await _ends(engine, requests(models.name, texts.next()))
            return ends[0], ends[-1]

        sides = {"postil": lambda: _noted(client, texts.next()), "raw": raw}
        await alternating(1, sides)
        seen = await alternating(rounds, sides)
    rows = []
    for place, name in enumerate(("first", "last")):
        ours, raw_end = (median(each[place] for each in seen[side]) for side in sides)
        rows.append(Row(f"save to the {name} note", ours, "s", raw_end, "raw stream's end"))
    return rows


async def _noted(client: Client, text: str) -> tuple[float, float]:
    uri = f"file:///work/{text.partition('(')[0].split()[-1]}.py"
    client.open(uri, text)
    await client.cheap()
    began = time.time()
    heard, _ = await client.reviewed(uri)
    times = noted(heard)
    if not times:
        raise RuntimeError("the model found nothing in two faulty functions")
    return times[0] - began, times[-1] - began


async def rewritten(engine: Engine, models: Models, texts: Texts) -> float:
    """Seconds for the whole rewrite of the next text, prompt included."""
    return (await _ends(engine, requests(models.name, texts.next())))[-1]


async def speculation(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Seconds for the whole rewrite of one function of 25 lines, prompt included."""
    async with AsyncExitStack() as stack:
        engines = await compared(stack, models, folder)
        texts = Texts(SOUND, len(engines))

        sides = {name: partial(rewritten, engine, models, texts) for name, engine in engines.items()}
        await alternating(1, sides)
        seen = medians(await alternating(rounds, sides))
    what = f"rewrite of {SOUND.count(chr(10))} lines"
    rows = [Row(what, seen["with"], "s", seen["without"], "no speculation", SPECULATION_BAR)]
    if "ollama" in seen:
        rows.append(Row(what, seen["with"], "s", seen["ollama"], "Ollama"))
    return rows


async def tokens(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Prompt tokens that were evaluated (not cached) for the review after an edit of one function of middling
    length, beside those of the file's first review. A count: one round."""
    pieces = sorted(functions("tune", models.lines), key=lambda each: each.lines)
    middle = len(pieces) // 2
    # The edited function at the end of the file, so that its place is known.
    text = "\n\n".join(each.source for each in (*pieces[:middle], *pieces[middle + 1 :], pieces[middle]))
    async with started(POSTIL, folder) as client:
        await client.initialize(model_settings(models), folder)
        uri = "file:///work/many.py"
        client.open(uri, text)
        counts, told = [], []
        for _ in range(2):
            _, figures = await client.reviewed(uri)
            told.append(dict(figures))
            counts.append(figures["promptTokens"] - figures["cachedTokens"])
            # In the middle: what a cache keeps of the function's prompt is neither all nor nothing.
            row = text.count("\n") - pieces[middle].lines // 2
            client.send(client.change(uri, row, len(text.split("\n")[row]), "  # changed"))
    if not all(counts):
        raise RuntimeError(f"the server counted no evaluated tokens: {told}")
    name = f"prompt tokens of a one-function edit, {text.count(chr(10)):,} lines"
    return [Row(name, counts[1], "tokens", counts[0], "first review", TOKENS_BAR)]
