"""`make eval EVAL=infill`: how often a completion passes the tests, through the server and by the raw model."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from bench.eval.client import Client
from bench.infill.holes import Hole, holes, passes, runnable
from bench.report import printer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from postil.core.request import InfillRequest, LoadOptions, Sampling, Usage
from postil.core.text.positions import units_of
from postil.engine.base import Engine, ModelInfo
from postil.engine.choose import choose_engine
from postil.engine.download.store import cache_dir
from postil.settings import settings_of

SERVER = Path(__file__).resolve().parents[2] / "server" / "postil"
NUM_CTX = 4096
# Twice what the completer's persona asks for would only let the raw model run on further.
RAW_TOKENS = 128
KINDS = ("single", "span", "multi")


@dataclass(frozen=True, slots=True)
class Filled:
    """The file with an answer in it, what was inserted, how long it took (seconds), and what the model wrote for it
    (tokens; None where that isn't known)."""

    text: str
    inserted: str
    seconds: float
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One hole, filled by both; `fresh`: both in this run."""

    hole: Hole
    ours: Filled
    raw: Filled
    ours_passes: bool
    raw_passes: bool
    fresh: bool


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval EVAL=infill", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama"))
    parser.add_argument("--split", choices=("tune", "held-out", "all"), default="all")
    parser.add_argument("--kind", choices=KINDS, help="only such holes")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N holes")
    parser.add_argument(
        "--raw-order", choices=("psm", "spm"), default="psm", help="the raw model's prompt: suffix first?"
    )
    parser.add_argument("--show", action="store_true", help="print what failed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the results as JSON")
    options = parser.parse_args(given)
    if options.raw_order == "spm" and options.engine == "ollama":
        # Its template frames the suffix behind the prefix, whatever we send.
        parser.error("--raw-order spm needs --engine embedded")
    return options


class Store:
    """Answers by digest: of the hole, the model, and for ours of everything in the server that could change one."""

    def __init__(self, model: str, order: str, engine: str = "embedded") -> None:
        self._folder = cache_dir() / "eval-infill"
        self._folder.mkdir(parents=True, exist_ok=True)
        files = [*(SERVER / "core").glob("*.py"), *(SERVER / "service").glob("*.py"), *SERVER.glob("*.py")]
        files += [*(SERVER / "engine").glob("*.py"), *(SERVER / "data").glob("*.toml"), *SERVER.rglob("lsp/**/*.py")]
        files.append(SERVER.parents[1] / "Modelfiles" / "completer.Modelfile")
        code = sha256(b"\0".join(path.read_bytes() for path in sorted(files))).hexdigest()
        self._keys = {"ours": f"{model}\0{code}\0{NUM_CTX}", "raw": f"{model}\0{order}\0{RAW_TOKENS}"}
        if engine != "embedded":
            self._keys = {way: f"{key}\0{engine}" for way, key in self._keys.items()}

    def path(self, way: str, hole: Hole) -> Path:
        said = "\0".join((self._keys[way], hole.file, hole.before, hole.after))
        return self._folder / f"{sha256(said.encode()).hexdigest()}.json"

    def get(self, way: str, hole: Hole) -> Filled | None:
        path = self.path(way, hole)
        return Filled(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def put(self, way: str, hole: Hole, filled: Filled) -> Filled:
        self.path(way, hole).write_text(json.dumps(asdict(filled)), encoding="utf-8")
        return filled


async def ours(client: Client, folder: Path, hole: Hole) -> Filled:
    """The first suggestion, put in as an editor does it."""
    uri = (folder / f"{hole.number}" / hole.file).as_uri()
    text = hole.before + hole.after
    item = {"uri": uri, "languageId": hole.language, "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    line, head = hole.before.count("\n"), hole.before.rpartition("\n")[2]
    written = await _written(client)
    began = time.monotonic()
    result = await client.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": units_of(head, "utf-16")},
            "context": {"triggerKind": 1},
        },
    )
    took = time.monotonic() - began
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    tokens = await _written(client) - written
    items = result["items"] if isinstance(result, dict) else result or []
    if not items:
        if client.completion:
            raise RuntimeError(client.completion)
        return Filled(text, "", took, tokens)
    start, end = (_offset(text, items[0]["range"][side]) for side in ("start", "end"))
    return Filled(text[:start] + items[0]["insertText"] + text[end:], items[0]["insertText"], took, tokens)


async def _written(client: Client) -> int:
    """Tokens that the model has written for completions since the server's start."""
    counts = await client.request("workspace/executeCommand", {"command": "postil.completionCounts"})
    return int(counts["outputTokens"])


def _offset(text: str, place: dict[str, int]) -> int:
    lines = text.split("\n")
    row = lines[place["line"]].encode("utf-16-le")[: 2 * place["character"]].decode("utf-16-le")
    return sum(len(line) + 1 for line in lines[: place["line"]]) + len(row)


async def raw(engine: Engine, model: str, hole: Hole, order: str) -> Filled:
    """The same weights, with everything before and after the cursor, uncut."""
    fim = (await engine.describe(ModelInfo(model))).raw_tokens
    request = InfillRequest(
        model,
        hole.before,
        hole.after,
        Sampling(max_tokens=RAW_TOKENS),
        LoadOptions(num_ctx=NUM_CTX),
        fim=fim,
    )
    if order == "spm":
        request = replace(request, prefix="", begun=hole.before)
    began, said, usage = time.monotonic(), "", Usage()
    async with aclosing(engine.infill(request)) as stream:
        async for delta in stream:
            said += delta.text
            usage = delta.usage or usage
    took = time.monotonic() - began
    return Filled(hole.before + said + hole.after, said, took, usage.output_tokens or None)


async def results(chosen: Sequence[Hole], options: argparse.Namespace) -> list[Result]:
    settings = {
        "engine": options.engine,
        "num_ctx": NUM_CTX,
        "model": {"completion": options.model},
        "completion": {"candidates": 1, "timeout": 600},
    }
    store = Store(options.model, options.raw_order, options.engine)
    found = []
    choice = await choose_engine(settings_of({"engine": options.engine, "num_ctx": NUM_CTX}))
    with tempfile.TemporaryDirectory() as made:
        client = await Client.start(Path(made), settings)
        try:
            for hole in track(chosen, "holes", console=Console(stderr=True)):
                fresh = not any(store.path(way, hole).exists() for way in ("ours", "raw"))
                mine = store.get("ours", hole) or store.put("ours", hole, await ours(client, Path(made), hole))
                plain = store.get("raw", hole) or store.put(
                    "raw", hole, await raw(choice.engine, options.model, hole, options.raw_order)
                )
                ours_passes = await asyncio.to_thread(passes, hole, mine.text)
                raw_passes = await asyncio.to_thread(passes, hole, plain.text)
                found.append(Result(hole, mine, plain, ours_passes, raw_passes, fresh))
        finally:
            await client.stop()
            await choice.engine.aclose()
    return found


def controls(chosen: Sequence[Hole]) -> tuple[float, float]:
    """Pass rates of the hole left empty, and of the original put back."""
    empty = [passes(hole, hole.before + hole.after) for hole in chosen]
    whole = [passes(hole, hole.before + hole.wanted + hole.after) for hole in chosen]
    return sum(empty) / len(empty), sum(whole) / len(whole)


def table(found: Sequence[Result], options: argparse.Namespace) -> Table:
    order = "" if options.raw_order == "psm" else ", suffix first"
    shown = Table(title=f"{options.model}, engine {options.engine}, {options.split} holes")
    names = ("", "Postil", f"raw model{order}", "won", "lost", "Postil s", "raw s", "Postil tokens", "raw tokens")
    shown.add_column("holes")
    for name in names:
        shown.add_column(name, justify="right")
    for kind in (*KINDS, "all"):
        rows = [one for one in found if kind in (one.hole.kind, "all")]
        if not rows:
            continue
        won = sum(one.ours_passes and not one.raw_passes for one in rows)
        lost = sum(one.raw_passes and not one.ours_passes for one in rows)
        shown.add_row(
            kind,
            str(len(rows)),
            f"{sum(one.ours_passes for one in rows) / len(rows):.2f}",
            f"{sum(one.raw_passes for one in rows) / len(rows):.2f}",
            str(won),
            str(lost),
            f"{median(one.ours.seconds for one in rows):.1f}",
            f"{median(one.raw.seconds for one in rows):.1f}",
            _median([one.ours.tokens for one in rows]),
            _median([one.raw.tokens for one in rows]),
        )
    return shown


def _median(counts: Sequence[int | None]) -> str:
    """Of what is known; – when nothing is."""
    known = [count for count in counts if count is not None]
    return f"{median(known):.0f}" if known else "–"


def as_json(one: Result) -> dict[str, Any]:
    return {
        "hole": one.hole.name,
        "kind": one.hole.kind,
        "wanted": one.hole.wanted,
        "ours": one.ours.inserted,
        "raw": one.raw.inserted,
        "oursPasses": one.ours_passes,
        "rawPasses": one.raw_passes,
        "oursSeconds": one.ours.seconds,
        "rawSeconds": one.raw.seconds,
        "oursTokens": one.ours.tokens,
        "rawTokens": one.raw.tokens,
    }


def main() -> int:
    options = arguments()
    chosen = [one for one in holes() if options.split in (one.split, "all") and options.kind in (one.kind, None)]
    chosen = [one for one in chosen if runnable(one)]
    if options.sample:
        chosen = random.Random(1).sample(chosen, min(options.sample, len(chosen)))
    found = asyncio.run(results(chosen, options))
    console = printer()
    console.print(table(found, options))
    if old := sum(not one.fresh for one in found):
        console.print(f"{old} of {len(found)} holes have answers of earlier runs: their seconds don't compare")
    empty, whole = controls(chosen)
    console.print(f"controls: the hole left empty {empty:.2f} (must be 0), the original in it {whole:.2f} (must be 1)")
    if options.show:
        for one in found:
            if not one.ours_passes or not one.raw_passes:
                console.print_json(json.dumps(as_json(one)))
    if options.json:
        options.json.write_text(json.dumps([as_json(one) for one in found], indent=1), encoding="utf-8")
    return 0 if (empty, whole) == (0, 1) else 1


if __name__ == "__main__":
    raise SystemExit(main())
