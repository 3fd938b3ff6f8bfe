"""`make eval EVAL=ablation`: what every check and every further request of the review is worth."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bench.ablation.collect import MOST, Collector, units_of
from bench.ablation.records import append, read
from bench.ablation.variants import Variant, figures, shown, variants
from bench.eval.cases import CASES, load_cases
from bench.eval.library import functions
from bench.report import printer
from rich.progress import track
from rich.table import Table

from postil.core.calibrate.drawing import Point, curve
from postil.core.models.catalogue import catalogue
from postil.core.review.scoring import score
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
    parser.add_argument("--draw", metavar="FILE", help="the curve of detection over noise as an SVG")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    await collect(options, options.out)
    report(options)
    return 0


def report(options: argparse.Namespace) -> None:
    """The table, and the curve."""
    profile = catalogue().profile_of(options.model)
    records = [record for record in read(options.out) if record.head == options.head]
    cases = {case.name: case for case in load_cases(CASES) if case.split in options.splits}
    table = Table(title=f"{options.model}, {', '.join(options.splits)} pairs, min_score {profile.min_score}")
    for name in (
        "",
        "pairs",
        "detection",
        "false alarm",
        "J [95 %]",
        "located",
        "right fix",
        "per 1,000 lines",
        "s a unit",
    ):
        table.add_column(name)
    for variant in variants(MOST):
        seen = shown(records, variant, profile, profile.min_score)
        found = figures(seen, records, cases)
        low, high = found.j_interval
        noise = "–" if found.noise is None else f"{found.noise:.1f}"
        shares = (found.detection, found.false_alarm)
        table.add_row(
            variant.name,
            str(found.pairs),
            *(f"{share:.2f}" for share in shares),
            f"{found.j:+.2f} [{low:+.2f}, {high:+.2f}]",
            f"{found.located:.2f}",
            str(found.right_fix),
            noise,
            f"{seen.seconds:.1f}",
        )
    printer().print(table)
    if options.draw:
        odds = {one.in_context for record in records for one in record.differences if one.in_context is not None}
        points: list[Point] = []
        for least in sorted({0.0, *(score(value, profile) for value in odds), 1.0}):
            found = figures(shown(records, Variant("curve"), profile, least), records, cases)
            points.append((found.noise or 0.0, found.detection, least))
        drawn = curve({"edit": points}, "edit", profile.min_score, f"Postil, {options.model}")
        Path(options.draw).write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
