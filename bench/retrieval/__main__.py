"""`make eval EVAL=retrieval`: whether a question finds the right place, by words, by meaning and by both."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from array import array
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from statistics import fmean, median

from bench.context.fetching import index, packages, sources
from bench.context.ways import listed
from bench.report import machine, printer
from bench.retrieval.questions import SPLITS, Question, place_of, questions, spans
from bench.retrieval.ways import CONTROL, WAYS
from rich.console import Console
from rich.table import Table
from tests import parts

from postil.core.calibrate.choose import interval
from postil.core.context.vectors import cosine
from postil.engine.base import ModelInfo
from postil.engine.choose import choose_engine, time_outs
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.picking.embedder import embedder
from postil.service.context.embedding.fill import Filled, fill
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import index_place
from postil.service.context.index.store import Store
from postil.service.context.query.question import by_meaning
from postil.settings import settings_of

# What issue 27 demands of the last look, of both together.
BAR = 0.85
# Places at which the right one is found, by way and question.
Places = Mapping[str, Mapping[Question, int]]


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval EVAL=retrieval", description=__doc__)
    parser.add_argument("--model", default="all-minilm:22m")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama"))
    parser.add_argument("--gguf", type=Path, help="the model's file (default: what `python -m tests.minilm` makes)")
    parser.add_argument("--threads", type=int, default=1, help="of the embedded engine")
    parser.add_argument("--split", choices=(*SPLITS, "all"), default="tune")
    parser.add_argument("--ways", type=listed(WAYS), default=list(WAYS), metavar="WAY,…", help=", ".join(WAYS))
    parser.add_argument("--show", action="store_true", help="print each question with the places that it was found at")
    parser.add_argument("--check", action="store_true", help="no model: are all places there?")
    return parser.parse_args(given)


def stores(asked: Iterable[Question]) -> dict[str, tuple[Path, Store]]:
    """The folder and the index of each package that is asked."""
    names = {one.package for one in asked}
    found = {one.name: sources(one) for one in packages() if one.name in names}
    return {name: (root, index(root)) for name, root in found.items()}


async def model_of(options: argparse.Namespace) -> tuple[EmbeddingModel, Callable[[], Awaitable[None]]]:
    """The model, and what ends its engine."""
    settings = settings_of({"engine": options.engine, "embedded": {"threads": options.threads}})
    if options.engine == "embedded":
        path = options.gguf or parts.minilm_path()
        if not path.is_file():
            raise SystemExit(f"{path} isn't there: `python -m tests.minilm` makes one")
        engine = EmbeddedEngine(
            lambda _: path, tuple, EmbeddedOptions(options.threads, parallel=1), time_outs(settings)
        )
        return EmbeddingModel(engine, await engine.describe(ModelInfo(options.model))), engine.aclose
    choice = await choose_engine(settings)
    found = await embedder(choice, options.model)
    if found is None:
        raise SystemExit(f"{options.model} isn't there")
    return EmbeddingModel(found[0].engine, found[1]), choice.aclose


async def filled(root: Path, model: EmbeddingModel, console: Console) -> Filled:
    step, began = Filled(), time.monotonic()
    with Console(stderr=True).status("") as status:
        async with aclosing(fill(index_place(root), model)) as steps:
            async for step in steps:
                status.update(f"{root.name}: {step.there:,} of {step.chunks:,} vectors")
    seconds = time.monotonic() - began
    console.print(f"{root.name}: {step.chunks:,} chunks, {step.made:,} vectors made in {seconds:.0f} s", soft_wrap=True)
    return step


async def run(options: argparse.Namespace, console: Console) -> tuple[Places, dict[str, list[float]], float]:
    """The places, the milliseconds of each way, and how many of the nearest ten the sketches keep."""
    asked = questions(options.split)
    there = stores(asked)
    places: dict[str, dict[Question, int]] = {way: {} for way in options.ways}
    waits: dict[str, list[float]] = {way: [] for way in options.ways}
    kept: list[float] = []
    model, close = await model_of(options)
    try:
        for root, _ in there.values():
            await filled(root, model, console)
        vectors = {question: await model.of_question(question.text) for question in asked}
    finally:
        await close()
    for question, vector in vectors.items():
        store = there[question.package][1]
        right = spans(store, question)
        for way in options.ways:
            began = time.monotonic()
            found = WAYS[way](store, question, vector)
            waits[way].append(1000 * (time.monotonic() - began))
            places[way][question] = place_of(right, found)
        kept.append(_kept(store, vector))
    return places, waits, fmean(kept)


def _kept(store: Store, vector: array[float], nearest: int = 10) -> float:
    """How many of the nearest vectors a search has found, against looking at all of them."""
    rows = store.rows(tuple[int, bytes], "SELECT chunk, body FROM vectors")
    all_of_them = sorted(((cosine(vector, body), chunk) for chunk, body in rows), reverse=True)
    found = {chunk for chunk, _ in by_meaning(store, vector, nearest)}
    return len(found & {chunk for _, chunk in all_of_them[:nearest]}) / nearest


def within(most: int) -> Callable[[Sequence[int]], float]:
    return lambda places: fmean(0 < place <= most for place in places)


def mrr(places: Sequence[int]) -> float:
    return fmean(1 / place if place else 0.0 for place in places)


FIGURES: Mapping[str, Callable[[Sequence[int]], float]] = {"@5": within(5), "@10": within(10), "MRR": mrr}


def table(places: Places, waits: Mapping[str, Sequence[float]], title: str) -> Table:
    """A row for each way, and one for each package of it."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("way")
    for name in ("questions", "first five", "first ten", "MRR", "ms"):
        shown.add_column(name, justify="right")
    for way, found in places.items():
        rows = list(found.values())
        shown.add_row(way, str(len(rows)), *map(_with_interval(rows), FIGURES), f"{median(waits[way]):.0f}")
        for package in dict.fromkeys(one.package for one in found):
            some = [place for one, place in found.items() if one.package == package]
            figures = (f"{value(some):.2f}" for value in FIGURES.values())
            shown.add_row(f"  {package}", str(len(some)), *figures, "", style="dim")
    return shown


def _with_interval(rows: Sequence[int]) -> Callable[[str], str]:
    def said(name: str) -> str:
        low, high = interval(rows, FIGURES[name])
        return f"{FIGURES[name](rows):.2f} ({low:.2f} to {high:.2f})"

    return said


def main() -> int:
    options = arguments()
    console = printer()
    if options.check:
        asked = questions()
        there = stores(asked)
        for question in asked:
            spans(there[question.package][1], question)
        console.print(f"{len(asked)} questions, all places are there")
        return 0
    places, waits, kept = asyncio.run(run(options, console))
    console.print(machine(), soft_wrap=True)
    console.print(table(places, waits, f"{options.model}, engine {options.engine}, {options.split} questions"))
    console.print(f"of the nearest ten vectors a search finds {kept:.3f}", soft_wrap=True)
    if options.show:
        for question in next(iter(places.values())):
            said = ", ".join(f"{way} {found[question] or '-'}" for way, found in places.items())
            console.print(f"{question.package}: {question.text}\n    {said}", markup=False, soft_wrap=True)
    if "both" in places:
        reached = within(5)(list(places["both"].values()))
        console.print(f"the bar: {BAR:.2f} among the first five with both; {reached:.2f}", soft_wrap=True)
    if {"meaning", CONTROL} <= places.keys():
        right, wrong = (within(10)(list(places[way].values())) for way in ("meaning", CONTROL))
        if wrong >= right:
            console.print("the control fails: vectors of other chunks find as much, so they find by something else")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
