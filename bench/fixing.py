"""A fix on demand after the review of its unit: plain, speculative and by Ollama; and how much of it is prefill."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.models import NUM_CTX, Models, Texts, compared, requests
from bench.report import Row, alternating, medians
from bench.texts import LONG, SOUND

from postil.core.models.catalogue import catalogue
from postil.core.request import ChatRequest, Usage
from postil.core.review.finding import Finding, Severity, Span
from postil.core.review.prompt import UnitPrompt, fix_request
from postil.core.syntax.split import split_units
from postil.engine.base import Engine
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.service.review.fix_writing import FixWriting
from postil.service.review.units import ReviewContext
from postil.settings import Settings

# Two thirds down the function: a defect in its first lines would flatter us.
RIGHT = "amounts[customer] = amounts.get(customer, 0) + amount"
WRONG = "amounts[customer] = amounts.get(customer, 0) - amount"
FAULTY = SOUND.replace(RIGHT, WRONG)
MESSAGE = "The amounts are subtracted where they should be added."
# The prompt of a fix is mostly in the engine's cache: what is read anew is less than this part of the unit's tokens. It
# is some 70 tokens whatever the unit's length, so shorter units than this one may miss what longer ones hold.
PREFILL_BAR = 0.25
FAULTY_LONG = LONG.replace(RIGHT, WRONG)


def _asked(model: str, text: str) -> tuple[UnitPrompt, Span]:
    (unit,) = split_units(text, "python")
    line = next(number for number, code in enumerate(unit.lines) if WRONG in code)
    return UnitPrompt(model, catalogue().profile_of(model), load_personas().personas["reviewer"], unit, NUM_CTX), Span(
        line, line + 1
    )


async def _usage(engine: Engine, request: ChatRequest) -> Usage:
    found: Usage | None = None
    async with aclosing(engine.chat(request)) as stream:
        async for delta in stream:
            found = delta.usage or found
    if found is None:
        raise RuntimeError("the engine told no counters")
    return found


async def _fixed(engine: Engine, model: str, text: str) -> float:
    """Seconds for a fix whose unit has just been reviewed."""
    asked, lines = _asked(model, text)
    for request in requests(model, text):
        await _usage(engine, request)
    quote = "\n".join(asked.unit.lines[lines.first : lines.last])
    finding = Finding("reviewer", "list", asked.unit.digest, lines, quote, MESSAGE, Severity.WARNING, 1.0)
    context = ReviewContext(
        engine, model, asked.persona, Settings(num_ctx=NUM_CTX), ReviewCache(), await engine.facts()
    )
    writing = FixWriting(context, asked.unit, finding)
    began = time.monotonic()
    async with aclosing(writing.steps()) as steps:
        async for _ in steps:
            pass
    seconds = time.monotonic() - began
    if writing.fix is None:
        raise RuntimeError(f"no fix of a plain defect: {writing.why}")
    return seconds


async def _prefill(engine: Engine, model: str, text: str) -> tuple[float, float]:
    """Seconds in which the engine reads the prompt of a fix whose unit has just been reviewed; and those in which it
    read the unit itself the first time: the review's prompt less what stands before the code, which it knew."""
    asked, lines = _asked(model, text)
    # What comes before the code of every review is known.
    await _usage(engine, _one_token(ChatRequest(model, asked.opening(), load=asked.load)))
    (review,) = requests(model, text)
    cold = await _usage(engine, review)
    fix = await _usage(engine, _one_token(fix_request(asked, lines, MESSAGE, lines.first)))
    if cold.prompt_seconds is None or fix.prompt_seconds is None:
        raise RuntimeError("the engine doesn't tell how long it read")
    return fix.prompt_seconds, cold.prompt_seconds


def _one_token(request: ChatRequest) -> ChatRequest:
    return replace(request, sampling=replace(request.sampling, max_tokens=1))


async def fixing(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Seconds from the choice of a fix to its last line."""
    async with AsyncExitStack() as stack:
        engines = await compared(stack, models, folder)
        texts = Texts(FAULTY, len(engines))
        sides: dict[str, Callable[[], Any]] = {
            name: partial(_of_next, _fixed, engine, models, texts) for name, engine in engines.items()
        }
        await alternating(1, sides)
        seen = medians(await alternating(rounds, sides))
        rows = [Row("a fix after its review", seen["with"], "s", seen["without"], "no speculation")]
        if "ollama" in engines:
            rows.append(Row("a fix after its review", seen["with"], "s", seen["ollama"], "Ollama"))
            for text, bar in ((FAULTY, None), (FAULTY_LONG, PREFILL_BAR)):
                more = Texts(text.replace("{name}", "{name}_more"), 1)
                pairs = [await _of_next(_prefill, engines["ollama"], models, more) for _ in range(rounds)]
                read, whole = (median(pair[place] for pair in pairs) for place in (0, 1))
                what = f"a fix's prefill in {text.count(chr(10))} lines, by Ollama"
                rows.append(Row(what, read, "s", whole, "the unit's", bar))
    return rows


async def _of_next(measure: Callable[..., Any], engine: Engine, models: Models, texts: Texts) -> Any:
    return await measure(engine, models.name, texts.next())
