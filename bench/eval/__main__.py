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
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.eval import examples, naive
from bench.eval.cases import CASES, Case, load_cases, run_tests
from bench.eval.client import Client
from bench.eval.figures import Fate, Note, Pair, Rates, fixes, rates, thresholds
from bench.eval.library import Function, functions
from bench.report import printer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from postil.core.calibrate.drawing import curve
from postil.core.models.catalogue import catalogue
from postil.core.review.evidence import Evidence
from postil.core.review.finding import Fix, Span
from postil.core.review.quick_fixes import fix_edit, syntax_regression
from postil.core.review.scoring import score
from postil.core.suppression.baseline import Baseline
from postil.core.text.edits import apply
from postil.engine.choose import choose_engine
from postil.engine.download.store import cache_dir
from postil.settings import settings_of

REPOSITORY = Path(__file__).resolve().parents[2]
EXTENSIONS = {"python": "py", "javascript": "js", "typescript": "ts", "go": "go", "rust": "rs"}


@dataclass(slots=True)
class Tally:
    """The results and the cost of one way to review."""

    pairs: list[Pair] = field(default_factory=list)
    library: list[Note] = field(default_factory=list)
    library_lines: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0

    def count(self, figures: dict[str, Any]) -> None:
        # Evaluated and generated tokens: those in the engine's cache cost nothing.
        self.tokens += figures["promptTokens"] - figures.get("cachedTokens", 0) + figures["outputTokens"]
        self.seconds += figures["seconds"]

    def remember(
        self, name: str, language: str, fold: int, notes: Sequence[dict[str, Any]], truth: Sequence[int]
    ) -> None:
        for item in notes:
            hit = Note(item["first"], item["last"], item["score"]).hits(truth)
            self.rows.append({"name": name, "language": language, "fold": fold, "hit": hit, **item})


class Store:
    """Results on disk, by a digest of the text, the model, and all files of the server that influence an answer."""

    def __init__(self, model: str, engine: str) -> None:
        self._folder = cache_dir() / "eval"
        self._folder.mkdir(parents=True, exist_ok=True)
        server = REPOSITORY / "server" / "postil"
        # The score is computed from the stored features (`Asker.ask`), so that its weights may change; and the rules of
        # completions change no review.
        core = [path for path in (server / "core").rglob("*.py") if path.name != "scoring.py"]
        core = [path for path in core if path.parent.name not in ("completion", "actions", "modelfile")]
        profiles = server / "data" / "profiles.toml"
        review = [
            *core,
            profiles,
            *(server / "service" / "review").glob("*.py"),
            *(REPOSITORY / "Modelfiles").iterdir(),
        ]
        self._code = {
            way: sha256(b"\0".join([f"{model}\0{engine}".encode(), *(path.read_bytes() for path in sorted(paths))]))
            for way, paths in (("postil", review), ("examples", review), ("naive", [Path(naive.__file__)]))
        }

    def path(self, way: str, language: str, text: str, baseline: str) -> Path:
        code = self._code[way].hexdigest()
        digest = sha256("\0".join(filter(None, (code, baseline, language, text))).encode()).hexdigest()
        return self._folder / f"{digest}.json"


class Asker:
    """Reviews texts through the server (`postil`, `examples`) or with the bare model (`naive`), and stores the
    results."""

    def __init__(self, options: argparse.Namespace, root: Path) -> None:
        self._options = options
        self._root = root
        self._store = Store(options.model, options.engine)
        self._profile = catalogue().profile_of(options.model)
        self._client: Client | None = None
        self._baseline: Baseline | None = None
        self._engine: Any = None
        self._count = 0
        self.baselines: tuple[Baseline, ...] = ()

    async def ask(self, way: str, language: str, text: str, fold: int) -> dict[str, Any]:
        baseline = self.baselines[fold] if way == "examples" else None
        said = "" if baseline is None else repr(baseline.examples("reviewer", language, examples.EXAMPLES))
        # Without an example in its language the result is that of `postil`.
        path = self._store.path(way if said not in ("", "()") else "postil" if baseline else way, language, text, said)
        if not path.is_file():
            found = await (self._naive(language, text) if way == "naive" else self._postil(language, text, baseline))
            path.write_text(json.dumps(found), encoding="utf-8")
        found = json.loads(path.read_text(encoding="utf-8"))
        for item in found["notes"]:
            scored = None if way == "naive" else score(Evidence(**item["features"]), self._profile)
            item["score"] = 1.0 if scored is None else scored
        return found

    async def _postil(self, language: str, text: str, baseline: Baseline | None) -> dict[str, Any]:
        if self._client is not None and self._baseline is not baseline:
            await self._stop_client()
        if self._client is None:
            await self._stop_engine()
            self._baseline = baseline
            self._root = self._root.parent / f"{self._root.name}-"
            self._root.mkdir()
            if baseline is not None:
                examples.put(self._root, baseline)
            settings = {
                "engine": self._options.engine,
                "model": {"review": self._options.model},
                "review": {"minScore": 0.0, "examples": examples.EXAMPLES},
                "embedded": {"parallel": 1},
            }
            self._client = await Client.start(self._root, settings)
        self._count += 1
        file = self._root / f"case{self._count}" / f"subject.{EXTENSIONS[language]}"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        seen = await self._client.review(file, language)
        notes = [
            {
                "first": item["range"]["start"]["line"] + 1,
                "last": item["range"]["end"]["line"] + 1,
                "features": item["data"]["features"],
                "fix": item["data"]["fix"],
                "message": item["message"],
            }
            for item in seen.diagnostics
        ]
        return {"notes": notes, "figures": dict(seen.figures)}

    async def _naive(self, language: str, text: str) -> dict[str, Any]:
        if self._engine is None:
            await self._stop_client()
            settings = settings_of({"engine": self._options.engine, "embedded": {"parallel": 1}})
            self._engine = (await choose_engine(settings)).engine
        loop = asyncio.get_running_loop()
        began = loop.time()
        listed = await naive.review(self._engine, self._options.model, text, language)
        figures = {
            "promptTokens": listed.usage.prompt_tokens,
            "cachedTokens": listed.usage.cached_tokens or 0,
            "outputTokens": listed.usage.output_tokens,
            "seconds": loop.time() - began,
        }
        notes = [{"first": line, "last": line, "fix": None} for line in listed.lines]
        return {"notes": notes, "figures": figures}

    async def _stop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.stop()

    async def _stop_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.aclose()

    async def stop(self) -> None:
        await self._stop_client()
        await self._stop_engine()


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
        faulty = await asker.ask(way, case.language, case.faulty, fold)
        bar.advance(task)
        correct = await asker.ask(way, case.language, case.correct, fold)
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
    """The table, the curve, and the drawing."""
    chosen = catalogue().profile_of(options.model).min_score
    table = Table(title=f"{options.model}, engine {options.engine}, {options.split} pairs, min_score {chosen}")
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
    table.add_column("seconds")
    for way, tally in ways.items():
        score = 0.0 if way == "naive" else chosen
        found = rates(tally.pairs, score, tally.library, tally.library_lines)
        _row(table, way, found, f"{tally.tokens:,}", f"{tally.seconds:.0f}")
    console.print(table)
    tally = ways["postil"]
    for kind, notes in (
        ("faulty", [note for pair in tally.pairs for note in pair.faulty]),
        ("correct", [note for pair in tally.pairs for note in pair.correct]),
    ):
        of_kind = fixes(notes, chosen)
        console.print(
            f"fixes offered on {kind} files: {of_kind.offered}; {of_kind.apply} apply, {of_kind.in_order} leave the"
            f" file in order, {of_kind.passed} of {of_kind.tested} tested pass the program's own tests"
        )
    points = []
    steps = Table(title="detection over noise: choose review.min_score here")
    for name in ("min_score", "detection", "false alarm", "J", "located", "right fix", "per 1,000 lines"):
        steps.add_column(name)
    for score in sorted({*thresholds(tally.pairs, tally.library), chosen}):
        at = rates(tally.pairs, score, tally.library, tally.library_lines)
        points.append((at.noise or 0.0, at.detection, score))
        noise = "–" if at.noise is None else f"{at.noise:.1f}"
        steps.add_row(
            f"{score:.3f}{' *' if score == chosen else ''}",
            *(f"{value:.2f}" for value in (at.detection, at.false_alarm, at.j, at.located)),
            str(at.right_fix),
            noise,
        )
    console.print(steps)
    if options.draw:
        drawn = curve({"postil": points}, "postil", chosen, f"Postil, {options.model}")
        Path(options.draw).write_text(drawn, encoding="utf-8")
        console.print(f"drawn: {options.draw}")


async def main() -> int:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama", "auto"))
    parser.add_argument("--split", default="held-out", choices=("held-out", "tune", "all"))
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N pairs (a control stays a control)")
    parser.add_argument("--lines", type=int, default=1000, help="lines of the standard library; 0 = none")
    parser.add_argument("--ways", default="postil,examples,naive", help="postil, naive, examples (after postil)")
    parser.add_argument("--draw", metavar="FILE", help="the curve as an SVG")
    parser.add_argument("--json", metavar="FILE", help="every note with its features")
    options = parser.parse_args()
    cases = [case for case in load_cases(CASES) if options.split in ("all", case.split)]
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
                ways[way] = await measure(asker, way, cases, () if way == "naive" else library, bar)
        finally:
            await asker.stop()
    if options.json:
        rows = ways["postil"].rows
        Path(options.json).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    report(options, ways, console)
    if not any(pair.faulty for pair in ways["postil"].pairs):
        console.print("no note on any faulty file: the control fails, so nothing here proves anything", style="red")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
