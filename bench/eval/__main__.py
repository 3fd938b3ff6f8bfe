"""`make eval`: reviews every case through the language server and prints how good the notes are."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.eval import examples
from bench.eval.asking import Asker
from bench.eval.cases import CASES, PERSONAS, Case, load_cases, run_tests
from bench.eval.figures import Fate, Note, Pair, Rates, fixes, rates
from bench.eval.library import Function, functions
from bench.report import printer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from postil.core.review.finding import Fix, Span
from postil.core.review.quick_fixes import fix_edit, syntax_regression
from postil.core.text.edits import apply


@dataclass(slots=True)
class Tally:
    """The results and the cost of one way to review."""

    pairs: list[Pair] = field(default_factory=list)
    library: list[Note] = field(default_factory=list)
    library_lines: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    units: int = 0

    def count(self, figures: dict[str, Any]) -> None:
        # Evaluated and generated tokens: those in the engine's cache cost nothing.
        self.tokens += figures["promptTokens"] - figures.get("cachedTokens", 0) + figures["outputTokens"]
        self.seconds += figures["seconds"]
        self.units += figures.get("units", 1)

    def remember(
        self, name: str, language: str, fold: int, notes: Sequence[dict[str, Any]], truth: Sequence[int]
    ) -> None:
        for item in notes:
            hit = Note(item["first"], item["last"], item["score"]).hits(truth)
            self.rows.append({"name": name, "language": language, "fold": fold, "hit": hit, **item})


def _note(item: dict[str, Any], language: str, text: str, case: Case | None = None) -> Note:
    fate = fate_of(item["fix"], language, text, case) if item["fix"] is not None else None
    return Note(item["first"], item["last"], item["score"], fate)


def fate_of(given: dict[str, Any], language: str, text: str, case: Case | None) -> Fate:
    """The fate of a fix as the client receives it, with the tests of the case."""
    fix = Fix(Span(given["first"], given["last"]), given["old"], given["new"])
    edit = fix_edit(text, fix)
    if edit is None:
        return Fate(applies=False)
    after = apply(text, [edit])
    if syntax_regression(text, after, language) is not None:
        return Fate(applies=True)
    passes = None if case is None else True if after == case.correct else run_tests(case, after)
    return Fate(applies=True, in_order=True, passes=passes)


async def measure(asker: Asker, way: str, cases: Sequence[Case], library: Sequence[Function], bar: Progress) -> Tally:
    """Reviews all cases and functions in one way."""
    tally = Tally()
    task = bar.add_task(way, total=2 * len(cases) + len(library))
    # One half after the other: with different examples each half needs a server of its own.
    for number, case in sorted(enumerate(cases), key=lambda one: examples.fold_of(one[0])):
        fold = examples.fold_of(number)
        if way == "tests" and case.tests is None:
            bar.advance(task, 2)
            continue
        faulty = await asker.ask(way, case.language, case.faulty, fold, case)
        bar.advance(task)
        correct = await asker.ask(way, case.language, case.correct, fold, case)
        bar.advance(task)
        tally.count(faulty["figures"])
        tally.count(correct["figures"])
        tally.pairs.append(
            Pair(
                case.name,
                case.truth,
                tuple(_note(item, case.language, case.faulty, case) for item in faulty["notes"]),
                tuple(_note(item, case.language, case.correct, case) for item in correct["notes"]),
            )
        )
        for kind, seen, truth in (("faulty", faulty, case.truth), ("correct", correct, ())):
            tally.remember(f"{case.name}/{kind}", case.language, fold, seen["notes"], truth)
    for number, function in sorted(enumerate(library), key=lambda one: examples.fold_of(one[0])):
        fold = examples.fold_of(number)
        seen = await asker.ask(way, "python", function.source, fold)
        bar.advance(task)
        tally.count(seen["figures"])
        tally.remember(f"library/{function.name}", "python", fold, seen["notes"], ())
        tally.library += [_note(item, "python", function.source) for item in seen["notes"]]
        tally.library_lines += function.lines
    return tally


def _row(table: Table, name: str, found: Rates, tokens: str = "", seconds: str = "") -> None:
    table.add_row(
        name,
        str(found.pairs),
        f"{found.detection:.2f}",
        f"{found.false_alarm:.2f}",
        f"{found.j:+.2f} [{found.j_interval[0]:+.2f}, {found.j_interval[1]:+.2f}]",
        f"{found.located:.2f}",
        f"{found.pair:.2f}",
        str(found.right_fix),
        "–" if found.noise is None else f"{found.noise:.1f}",
        tokens,
        seconds,
    )


def report(options: argparse.Namespace, ways: dict[str, Tally], console: Console) -> None:
    """The table."""
    title = f"{options.model}, engine {options.engine}, {options.persona}, {options.split} pairs"
    table = Table(title=title)
    for name in (
        "",
        "pairs",
        "detection",
        "false alarm",
        "J [95 %]",
        "located",
        "pair",
        "right fix",
        "per 1,000 lines",
    ):
        table.add_column(name)
    table.add_column("tokens")
    table.add_column("s a function")
    for way, tally in ways.items():
        found = rates(tally.pairs, tally.library, tally.library_lines)
        seconds = f"{tally.seconds / tally.units:.1f}" if tally.units else "–"
        _row(table, way, found, f"{tally.tokens:,}", seconds)
    console.print(table)
    for kind, notes in (
        ("faulty", [note for pair in ways["postil"].pairs for note in pair.faulty] if "postil" in ways else []),
        ("correct", [note for pair in ways["postil"].pairs for note in pair.correct] if "postil" in ways else []),
    ):
        of_kind = fixes(notes)
        console.print(
            f"fixes offered on {kind} files: {of_kind.offered}; {of_kind.apply} apply, {of_kind.in_order} leave the"
            f" file in order, {of_kind.passed} of {of_kind.tested} tested pass the program's own tests"
        )


async def main() -> int:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama", "auto"))
    parser.add_argument("--split", default="held-out", choices=("tune", "held-out", "ablation", "last-look", "all"))
    parser.add_argument("--persona", default="reviewer", help="another one has cases of its own")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N pairs (a control stays a control)")
    parser.add_argument("--lines", type=int, default=1000, help="lines of the standard library; 0 = none")
    parser.add_argument(
        "--ways", default="postil,examples,naive", help="postil, naive, examples (after postil), tests (takes an hour)"
    )
    parser.add_argument("--threads", type=int, default=None, help="of the embedded engine")
    parser.add_argument(
        "--definitions", type=int, metavar="CHARS", help="of what a unit uses that it is told; the profile's else"
    )
    parser.add_argument("--json", metavar="FILE", help="every note")
    options = parser.parse_args()
    own = PERSONAS / options.persona
    cases = [case for case in load_cases(own if own.is_dir() else CASES) if options.split in ("all", case.split)]
    if options.sample:
        cases = random.Random(1).sample(cases, min(options.sample, len(cases)))
    library = functions("tune" if options.split == "tune" else "held-out", options.lines)
    console = printer()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=Console(stderr=True)) as bar:
        asker = Asker(options, Path(folder).resolve())
        try:
            ways: dict[str, Tally] = {}
            for way in options.ways.split(","):
                if way == "examples":
                    asker.baselines = examples.baselines(ways["postil"].rows)
                lines = () if way in ("naive", "tests") else library
                ways[way] = await measure(asker, way, cases, lines, bar)
        finally:
            await asker.stop()
    if options.json:
        rows = [{"way": way, **row} for way, tally in ways.items() for row in tally.rows]
        Path(options.json).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    report(options, ways, console)
    if not any(pair.faulty for tally in ways.values() for pair in tally.pairs):
        console.print("no note on any faulty file: the control fails, so nothing here proves anything", style="red")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
