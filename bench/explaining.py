"""What a model's own sentence about a note costs, beside the one that is read off the two syntax trees."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.fixing import FAULTY, RIGHT, WRONG
from bench.models import NUM_CTX, Models, Texts, answered, model_settings, open_engine
from bench.report import Row

from postil.core.change.describe import describe
from postil.core.change.words import sentence
from postil.core.models.catalogue import catalogue
from postil.core.review.finding import Span
from postil.core.review.prompt import UnitPrompt, edit_request, why_request
from postil.core.review.rewrite import Hunk
from postil.core.syntax.split import split_units
from postil.engine.base import Engine
from postil.service.personas.load import load_personas


@dataclass(frozen=True, slots=True)
class _Round:
    """Seconds of a unit's rewrite and of both sentences behind it; the tokens that the model writes for its own."""

    rewrite: float
    theirs: float
    ours: float
    tokens: int


async def explaining(models: Models, folder: Path, rounds: int) -> list[Row]:
    """The model is asked as `review.reason` asks it: when the unit and its rewrite are in the engine's cache."""
    texts = Texts(FAULTY, 1)
    async with AsyncExitStack() as stack:
        engine = await open_engine(stack, model_settings(models, parallel=1))
        # The first loads the weights.
        found = [await _round(engine, models.name, texts.next()) for _ in range(rounds + 1)][1:]
    theirs, ours = median(one.theirs for one in found), median(one.ours for one in found)
    return [
        Row("a note's sentence", ours, "s", theirs, "the model's own"),
        Row("tokens of a note's sentence", 0, "tokens", median(one.tokens for one in found), "the model's own"),
        Row("the model's sentence", theirs, "s", median(one.rewrite for one in found), "the rewrite before it"),
    ]


async def _round(engine: Engine, model: str, text: str) -> _Round:
    (unit,) = split_units(text, "python")
    prompt = UnitPrompt(model, catalogue().profile_of(model), load_personas().personas["reviewer"], unit, NUM_CTX)
    row = next(number for number, line in enumerate(unit.lines) if WRONG in line)
    old = unit.lines[row]
    new = old.replace(WRONG, RIGHT)
    before = time.monotonic()
    await answered(engine, [edit_request(prompt)], 1)
    rewritten = time.monotonic()
    hunk = Hunk(Span(row, row + 1), (old,), (new,))
    tokens = 0
    async with aclosing(engine.chat(why_request(prompt, hunk, "\n".join((*unit.lines[:row], new))))) as stream:
        async for delta in stream:
            tokens = delta.usage.output_tokens if delta.usage else tokens
    asked = time.monotonic()
    sentence(describe(unit.text, unit.text.replace(old, new), unit.language, unit.kind, [old], [new]), "en")
    return _Round(rewritten - before, asked - rewritten, time.monotonic() - asked, tokens)
