"""`make eval EVAL=context`: ghost text with and without pieces of other files, in packages newer than the model."""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from bench.context.checks import compiles
from bench.context.fetching import Package, index, packages, sources
from bench.context.figures import against_none, append, by_language, control_holds, read, table
from bench.context.holes import SPLITS, Hole, Place, find, hole_at, pin, pinned
from bench.context.project import Project
from bench.context.trial import Asker, asked, lacks, tried
from bench.context.ways import WAYS, listed
from bench.report import machine, printer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from postil.core.context.words import IDENTIFIER
from postil.engine.choose import choose_engine
from postil.engine.download.store import cache_dir
from postil.engine.scripted import ScriptedEngine
from postil.service.personas.load import load_personas
from postil.settings import settings_of

NUM_CTX = 4096


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval EVAL=context", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama"))
    parser.add_argument("--split", choices=(*SPLITS, "all"), default="tune")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N holes")
    parser.add_argument("--language", help="only holes in this language")
    parser.add_argument("--ways", type=listed(WAYS), default=list(WAYS), metavar="WAY,…", help=", ".join(WAYS))
    parser.add_argument("--chars", type=int, help="completion.context_chars; the profile's where it isn't given")
    parser.add_argument("--unseen", action="store_true", help="only holes with a name that the window doesn't show")
    parser.add_argument("--threads", type=int, default=None, help="of the embedded engine")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where each answer is added, a line each")
    parser.add_argument("--resume", action="store_true", help="go on with what is in that file")
    parser.add_argument("--show", action="store_true", help="print what was suggested")
    parser.add_argument("--check", action="store_true", help="no model: are the holes sound, would others be chosen?")
    parser.add_argument(
        "--names", action="store_true", help="no model: names that the window lacks, and who shows them"
    )
    parser.add_argument("--pin", action="store_true", help="no model: choose the holes anew and write them down")
    return parser.parse_args(given)


def projects() -> dict[str, Project]:
    """The packages, loaded and indexed."""
    found: dict[str, Project] = {}
    for package in track(packages(), "packages", console=Console(stderr=True), transient=True):
        root = sources(package)
        found[package.name] = Project(root, index(root))
    return found


def holes_of(found: Mapping[str, Project]) -> list[Hole]:
    """All holes, one of each package in turn, so that a run that is cut off has some of all."""
    rows = [[hole_at(name, found[name], place) for place in places] for name, places in pinned().items()]
    return [row[at] for at in range(max(map(len, rows), default=0)) for row in rows if at < len(row)]


def stranger_of(package: Package, all_of_them: Sequence[Package]) -> str:
    """The next package of the same language; without one the next of another."""
    at = all_of_them.index(package)
    others = [*all_of_them[at + 1 :], *all_of_them[:at]]
    return next((one for one in others if one.language == package.language), others[0]).name


def check(found: Mapping[str, Project], console: Console) -> bool:
    """Prints how many holes there are, and whether they are sound."""
    holes, sound = holes_of(found), True
    for language in sorted({hole.language for hole in holes}):
        rows = [hole for hole in holes if hole.language == language]
        counts = Counter(hole.place.split for hole in rows)
        kinds = Counter(hole.place.kind for hole in rows)
        judged = [compiles(hole.before + hole.wanted + hole.after, language) for hole in rows]
        bad = [hole.name for hole, good in zip(rows, judged, strict=True) if good is False]
        sound = sound and not bad
        by = "by the grammar alone" if None in judged else "compiled"
        console.print(f"{language}: {len(rows)} holes, {dict(counts)}, {dict(kinds)}, {by}", *bad, soft_wrap=True)
    chosen = _chosen(found)
    for name, places in pinned().items():
        if other := len(set(chosen[name]) ^ set(places)) // 2:
            sound = False
            console.print(f"{name}: {other} of {len(places)} holes would be others now: look why, then --pin")
    return sound


def _chosen(found: Mapping[str, Project]) -> dict[str, list[Place]]:
    return {package.name: find(package.name, found[package.name], package.language) for package in packages()}


async def run(found: Mapping[str, Project], options: argparse.Namespace, out: Path) -> None:
    """Adds to the file what isn't in it."""
    settings = settings_of(
        {
            "engine": options.engine,
            "num_ctx": NUM_CTX,
            "embedded": {"parallel": 1, "threads": options.threads},
            "completion": {"context_chars": options.chars},
        }
    )
    strangers = {package.name: stranger_of(package, packages()) for package in packages()}
    choice = await choose_engine(settings)
    try:
        model = await choice.engine.describe((await choice.engine.facts()).model(options.model))
        if model.fim is None or model.fim.file is None:
            raise SystemExit(f"{options.model} has no format for other files: nothing can be compared")
        asker = Asker(choice.engine, model, load_personas().personas["completer"], settings)
        done = {record.key for record in read(out)}
        # The model is loaded by somebody's first request.
        warm = True
        for number, hole in enumerate(track(_selected(found, options), "holes", console=Console(stderr=True))):
            if options.unseen and not lacks(asker, hole):
                continue
            project, stranger = found[hole.package], found[strangers[hole.package]]
            # Another way first each time: what the machine does meanwhile falls on all alike.
            turn = number % len(options.ways)
            for way in (*options.ways[turn:], *options.ways[:turn]):
                given = await asked(asker, project, stranger, hole, way, WAYS[way])
                if given.key in done:
                    continue
                if warm:
                    await asker.ask(given.cursor, replace(given.request, prefix="x = ", suffix="", snippets=()))
                    warm = False
                append(out, await tried(asker, project, hole, way, given))
    finally:
        await choice.aclose()


async def names(found: Mapping[str, Project], options: argparse.Namespace) -> Table:
    """How many of the names that are wanted and that the window doesn't show each way shows."""
    settings = settings_of({"num_ctx": NUM_CTX, "completion": {"context_chars": options.chars}})
    engine = ScriptedEngine([])
    model = await engine.describe((await engine.facts()).model(options.model))
    asker = Asker(engine, model, load_personas().personas["completer"], settings)
    strangers = {package.name: stranger_of(package, packages()) for package in packages()}
    table = Table("way", "holes", "names", "shown", "characters", title=f"names that the window lacks, {options.split}")
    for way in options.ways:
        holes, wanted, shown, chars = 0, 0, 0, list[int]()
        for hole in _selected(found, options):
            lacking = set(lacks(asker, hole))
            stranger = found[strangers[hole.package]]
            given = await asked(asker, found[hole.package], stranger, hole, way, WAYS[way])
            text = given.request.prefix + "".join(one.text for one in given.request.snippets)
            chars.append(len(text) - len(asker.window(given.cursor).prefix))
            holes, wanted = holes + bool(lacking), wanted + len(lacking)
            shown += len(lacking.intersection(IDENTIFIER.findall(text)))
        table.add_row(way, str(holes), str(wanted), str(shown), f"{fmean(chars):.0f}")
    return table


def _selected(found: Mapping[str, Project], options: argparse.Namespace) -> list[Hole]:
    holes = [hole for hole in holes_of(found) if options.split in (hole.place.split, "all")]
    holes = [hole for hole in holes if options.language in (hole.language, None)]
    if options.sample and options.sample < len(holes):
        chosen = set(random.Random(1).sample(range(len(holes)), options.sample))
        holes = [hole for number, hole in enumerate(holes) if number in chosen]
    return holes


def main() -> int:
    options = arguments()
    console = printer()
    found = projects()
    if options.pin:
        pin(_chosen(found))
    if options.pin or options.check:
        return 0 if check(found, console) else 1
    if options.names:
        console.print(asyncio.run(names(found, options)))
        return 0
    name = re.sub(r"[^\w.-]", "-", f"{options.model}-{options.engine}-{options.split}")
    out = options.json or cache_dir() / "eval-context" / f"{name}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    if not options.resume:
        out.unlink(missing_ok=True)
    asyncio.run(run(found, options, out))
    wanted = {hole.name for hole in _selected(found, options)}
    records = [one for one in read(out) if one.hole in wanted and one.way in options.ways]
    records.sort(key=lambda one: options.ways.index(one.way))
    console.print(machine(), soft_wrap=True)
    console.print(table(records, f"{options.model}, engine {options.engine}, {options.split} holes"))
    console.print(by_language(records))
    for line in against_none(records):
        console.print(line)
    if options.show:
        for one in records:
            mark = "=" if one.exact else " "
            console.print(f"{mark} {one.way:9} {one.hole}\n    {one.wanted}\n    {one.said}", markup=False)
    console.print(f"answers: {out}", soft_wrap=True)
    if not control_holds(records):
        console.print("the control fails: pieces of another package help, so they help by something else than the code")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
