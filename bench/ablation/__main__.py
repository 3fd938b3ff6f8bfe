"""`make eval EVAL=ablation`: what every check and every further request of the review is worth."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bench.ablation.collect import Collector, units_of
from bench.ablation.records import append, read
from bench.eval.cases import CASES, load_cases
from bench.eval.library import functions
from bench.report import printer
from rich.progress import track

from postil.engine.choose import choose_engine
from postil.engine.download.store import cache_dir
from postil.service.personas.load import load_personas, persona_places
from postil.settings import settings_of


async def collect(options: argparse.Namespace, out: Path) -> None:
    """Adds to the file what isn't in it."""
    settings = settings_of({"engine": options.engine, "embedded": {"parallel": 1, "threads": options.threads}})
    choice = await choose_engine(settings)
    engine = choice.engine
    try:
        model = await engine.describe((await engine.facts()).model(options.model))
        persona = load_personas(persona_places()).personas["reviewer"]
        collector = Collector(engine, model, persona, settings)
        texts = [
            (f"{case.name}/{kind}", case.language, text, case)
            for case in load_cases(CASES)
            if case.split in options.splits
            for kind, text in (("faulty", case.faulty), ("correct", case.correct))
        ]
        texts += [
            (f"library/{one.name}", "python", one.source, None) for one in functions(options.library, options.lines)
        ]
        done = {record.name for record in read(out) if record.head == options.head}
        for name, language, text, case in track([one for one in texts if one[0] not in done], console=printer()):
            stream = units_of(collector, name, text, language, case, head=options.head)
            append(out, [record async for record in stream])
    finally:
        await choice.aclose()


async def main() -> int:
    parser = argparse.ArgumentParser(prog="make eval EVAL=ablation", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama", "auto"))
    parser.add_argument("--splits", type=lambda text: text.split(","), default=["ablation"])
    parser.add_argument("--library", default="tune", choices=("tune", "held-out"))
    parser.add_argument("--lines", type=int, default=1000, help="lines of the standard library; 0 = none")
    parser.add_argument("--head", action="store_true", help="signatures are rewritten, too")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, default=cache_dir() / "eval" / "ablation.jsonl", metavar="FILE")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    await collect(options, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
