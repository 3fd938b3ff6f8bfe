"""`make eval EVAL=fix`: mends every case with `postil fix`, and prints how often it does."""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from bench.fix.baseline import Baseline
from bench.fix.cases import FixCase, all_cases, cases_of
from bench.fix.drawing import curves
from bench.fix.figures import Totals, by_answers, totals
from bench.fix.trial import How, Trial, judged, trial
from bench.report import printer
from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Results:
    """Of one model and engine. `untold`: whether one greedy answer mends the case of that name, which is told only
    that its unit has a defect. `definitions`: as `How` has it."""

    model: str
    engine: str
    samples: int
    definitions: int | None = None
    trials: list[Trial] = field(default_factory=list[Trial])
    untold: dict[str, bool] = field(default_factory=dict[str, bool])

    @property
    def of(self) -> tuple[object, ...]:
        """What must be the same in all trials."""
        told = "what the profile says" if self.definitions is None else self.definitions
        return self.model, self.engine, f"{self.samples} samples", f"definitions: {told}"


class Kept:
    """The results in a file, written anew after each case, so that a run that is killed has lost one case."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._path: Path | None = options.json
        self.results = Results(options.model, options.engine, options.samples, options.definitions)
        if options.resume:
            found = msgspec.json.decode(options.json.read_bytes(), type=Results)
            if found.of != self.results.of:
                raise SystemExit(f"{options.json} is of {', '.join(map(str, found.of))}")
            self.results = found

    def write(self) -> None:
        if self._path is not None:
            new = self._path.with_suffix(".new")
            new.write_bytes(msgspec.json.format(msgspec.json.encode(self.results)))
            new.replace(self._path)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval EVAL=fix", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama"))
    parser.add_argument("--samples", type=int, default=8, help="answers of the model for a case, at most")
    parser.add_argument("--seconds", type=float, default=300.0, help="for a case, at most")
    parser.add_argument("--threads", type=int, help="of the embedded engine: 1 on a machine that others use, too")
    parser.add_argument(
        "--definitions", type=int, metavar="CHARS", help="of what a suspect uses that it is told; the profile's else"
    )
    parser.add_argument("--only", metavar="PATTERN", help="cases whose KIND/NAME matches, e.g. 'programs/*'")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="the cases of this folder instead of ours")
    parser.add_argument("--no-baseline", action="store_true", help="don't ask for the untold greedy answer")
    parser.add_argument("--verify", action="store_true", help="only run the cases' own tests, without a model")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the results as JSON, written after each case")
    parser.add_argument("--resume", action="store_true", help="leave out the cases that are in the file of --json")
    parser.add_argument("--curve", type=Path, metavar="FILE", help="draw mended cases by answers as SVG")
    parser.add_argument("--list", action="store_true", help="print the cases")
    options = parser.parse_args(given)
    if options.resume and (options.json is None or not options.json.is_file()):
        parser.error("--resume needs the file of an earlier run as --json FILE")
    return options


def chosen(options: argparse.Namespace) -> list[FixCase]:
    found = all_cases() if options.folder is None else cases_of(options.folder)
    pattern = options.only or "*"
    return [case for case in found if fnmatch.fnmatch(f"{case.kind}/{case.name}", pattern)]


def verify(cases: Sequence[FixCase], console: Console) -> int:
    """Whether each right file passes all tests, and each faulty one fails those that a fix sees."""
    wrong = 0
    for case in cases:
        if not case.runnable:
            console.print(f"{case.kind}/{case.name}: not run, there is no {case.language} here")
            continue
        problems = problems_of(case)
        wrong += bool(problems)
        for problem in problems:
            console.print(f"FAIL {case.kind}/{case.name}: {problem}", markup=False)
    console.print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


def problems_of(case: FixCase) -> list[str]:
    """What is wrong with a case, by its own tests."""
    passes, more = judged(case, case.right)
    found = [] if passes else ["the right file fails the tests that a fix sees"]
    found += ["the right file fails the tests that a fix doesn't see"] if more is False else []
    return found + (["the faulty file passes the tests that a fix sees"] if judged(case, case.faulty)[0] else [])


async def measure(options: argparse.Namespace, cases: Sequence[FixCase], kept: Kept, console: Console) -> None:
    """First all trials, then all baselines: two engines at once would take memory and processors from each other."""
    how = How(options.model, options.engine, options.samples, options.seconds, options.threads, options.definitions)
    known = {one.name for one in kept.results.trials}
    for number, case in enumerate(cases, 1):
        if case.name in known:
            continue
        found = await asyncio.to_thread(trial, case, how)
        kept.results.trials.append(found)
        kept.write()
        state = "mended" if found.mended else "overfit" if found.overfit else found.ending
        answers = f"answer {found.number} of {found.answers}" if found.number else f"{found.answers} answers"
        line = f"{number:3d}/{len(cases)} {case.kind}/{case.name}: {state}, {answers}, {found.seconds:.0f} s"
        console.print(line, markup=False, highlight=False)
    if options.no_baseline:
        return
    async with Baseline(how) as baseline:
        for case in cases:
            if case.name not in kept.results.untold:
                kept.results.untold[case.name] = await baseline.mends(case)
                kept.write()


def report(options: argparse.Namespace, results: Results, console: Console) -> None:
    """The tables, and the drawing."""
    groups = {kind: [one for one in results.trials if one.kind == kind] for kind in _kinds(results.trials)}
    if len(groups) > 1:
        for language in dict.fromkeys(one.language for one in results.trials):
            groups[language] = [one for one in results.trials if one.language == language]
        groups["all"] = results.trials
    table = Table(title=f"{options.model}, engine {options.engine}, at most {options.samples} answers")
    names = ("", "cases", "mended", "overfit", "one greedy (told, untold)", "ratio", "wrongly verified")
    for name in (*names, "seconds", "answers", "checked", "tokens"):
        table.add_column(name)
    for name, trials in groups.items():
        _row(table, name, totals(trials, results.untold, results.samples), untold=not options.no_baseline)
    console.print(table)
    counts = Table(title="mended with at most so many answers")
    for name in ("", *map(str, range(1, options.samples + 1))):
        counts.add_column(name)
    for name, trials in groups.items():
        counts.add_row(name, *map(str, by_answers(trials, options.samples)))
    console.print(counts)
    if options.curve is not None:
        of = {name: trials for name, trials in groups.items() if name in (*_kinds(results.trials), "all")}
        shares = {
            name: [count / len(trials) for count in by_answers(trials, options.samples)] for name, trials in of.items()
        }
        greedy = {
            name: totals(trials, results.untold, results.samples).greedy / len(trials) for name, trials in of.items()
        }
        options.curve.write_text(curves(shares, greedy, f"postil fix, {options.model}"), encoding="utf-8")


def _kinds(trials: Sequence[Trial]) -> list[str]:
    return list(dict.fromkeys(one.kind for one in trials))


def _row(table: Table, name: str, found: Totals, *, untold: bool) -> None:
    table.add_row(
        name,
        str(found.cases),
        f"{found.mended} = {found.mended / found.cases:.2f}",
        str(found.overfit),
        f"{found.greedy} ({found.told}, {found.untold if untold else '–'})",
        "–" if found.ratio is None else f"{found.ratio:.1f}",
        str(found.refused),
        f"{found.seconds:.0f}",
        f"{found.answers:.1f}",
        f"{found.checked:.1f}",
        f"{found.tokens:,.0f}",
    )


def main() -> int:
    """The exit status is 1 when a fix was called verified whose check doesn't pass."""
    options, console = arguments(), printer()
    cases = chosen(options)
    if options.list:
        for case in cases:
            console.print(f"{case.kind}/{case.name} ({case.language}): {case.check}", markup=False, highlight=False)
        return 0
    if options.verify:
        return verify(cases, console)
    there = [case for case in cases if case.runnable]
    if not there:
        console.print("no case matches, or nothing here can run it")
        return 1
    kept = Kept(options)
    asyncio.run(measure(options, there, kept, console))
    report(options, kept.results, console)
    return 1 if any(one.verified and not one.passes for one in kept.results.trials) else 0


if __name__ == "__main__":
    sys.exit(main())
