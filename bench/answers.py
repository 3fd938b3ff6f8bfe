"""The answers of one fix: samples and the lines of a sweep, one after the other and in several slots at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from bench.fixing import FAULTY
from bench.models import NUM_CTX, Models, Texts, answered, model_settings, open_engine
from bench.report import Row, alternating, medians

from postil.core.models.catalogue import catalogue
from postil.core.request import ChatRequest
from postil.core.syntax.split import split_units
from postil.core.verify.complaint import Complaint
from postil.core.verify.places import Place
from postil.core.verify.rewrites.prompt import RepairPrompt
from postil.engine.base import Engine
from postil.service.personas.load import load_personas

SLOTS = (1, 2)
SAMPLES = 4
# What pytest says of the function's defect.
FAILURE = """\
    def test_amounts_add_up():
        entries = [Entry("ann", 1, 10.0, 2), Entry("ann", 2, 5.0, 1)]
>       assert report(entries, 0, 9)[0][1] == 25.0
E       assert -25.0 == 25.0

test_report.py:9: AssertionError"""


def _prompt(model: str, text: str) -> RepairPrompt:
    (unit,) = split_units(text, "python")
    return RepairPrompt(
        model,
        catalogue().profile_of(model),
        load_personas().personas["repairer"],
        unit,
        "report.py",
        tuple(text.splitlines()),
        Complaint("test_amounts_add_up", FAILURE, (Place("report.py", 0),)),
        NUM_CTX,
    )


async def _asked(
    engine: Engine, models: Models, texts: Texts, slots: int, of: Callable[[RepairPrompt], Sequence[ChatRequest]]
) -> float:
    """Seconds for the requests when the likeliest rewrite has been written: all begin with its prompt."""
    prompt = _prompt(models.name, texts.next())
    await answered(engine, [prompt.request("told", 0)], 1)
    began = time.monotonic()
    await answered(engine, of(prompt), slots)
    return time.monotonic() - began


def _samples(prompt: RepairPrompt) -> Sequence[ChatRequest]:
    first = prompt.profile.repair.greedy
    return [prompt.request("told", number) for number in range(first, first + SAMPLES)]


def _sweep(prompt: RepairPrompt) -> Sequence[ChatRequest]:
    return [prompt.line_request(row, 0) for row in prompt.rows()]


async def answers(models: Models, folder: Path, rounds: int) -> list[Row]:
    """Seconds of four samples and of a sweep in two slots, beside one slot; and without drafts of n-grams."""
    rows: list[Row] = []
    for what, of in ((f"{SAMPLES} samples of a fix", _samples), ("a sweep over a fix's lines", _sweep)):
        async with AsyncExitStack() as stack:
            sides: dict[str, Callable[[], Any]] = {}
            texts = Texts(FAULTY, len(SLOTS) + 1)
            for slots in SLOTS:
                engine = await open_engine(stack, model_settings(models, parallel=slots))
                sides[str(slots)] = partial(_asked, engine, models, texts, slots, of)
            plain = await open_engine(stack, model_settings(models, parallel=1, speculation=False))
            sides["plain"] = partial(_asked, plain, models, texts, 1, of)
            seen = medians(await alternating(rounds, sides))
        rows += [Row(f"{what}, {slots} slots", seen[str(slots)], "s", seen["1"], "one slot") for slots in SLOTS[1:]]
        rows.append(Row(f"{what}, one slot", seen["1"], "s", seen["plain"], "no speculation"))
    return rows
