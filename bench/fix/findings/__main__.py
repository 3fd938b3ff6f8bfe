"""`python -m bench.fix.findings`: by tool and in all, how many findings are fixed and verified, and what it costs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from bench.fix.findings.run import Row, mended, projects

from postil.cli.review.engine import Opened, open_contexts
from postil.engine.base import EngineError
from postil.service.personas.load import load_personas
from postil.service.review.context import ReviewContext
from postil.service.verify.trouble import CheckTrouble
from postil.settings import EmbeddedSettings, ModelSettings, Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fix.findings", description=__doc__)
    parser.add_argument("tools", nargs="*", help=f"of {', '.join(projects())} (default: all)")
    parser.add_argument("--parts", type=Path, required=True, help="the folder that scripts/tools-parts prints")
    parser.add_argument("--model", default="qwen2.5-coder:1.5b")
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama", "openai"))
    parser.add_argument("--most", type=int, default=8, help="findings of each tool")
    parser.add_argument("--samples", type=int, default=8, help="answers for each finding")
    parser.add_argument("--seconds", type=float, default=1800.0, help="for each tool")
    parser.add_argument("--threads", type=int, help="of the embedded engine: 1 on a machine that others use")
    return asyncio.run(_main(parser.parse_args()))


async def _main(options: argparse.Namespace) -> int:
    os.environ["PATH"] = f"{options.parts / 'bin'}{os.pathsep}{os.environ['PATH']}"
    settings = Settings(
        engine=options.engine,
        model=ModelSettings(review=options.model),
        num_ctx=4096,
        embedded=EmbeddedSettings(threads=options.threads),
    )
    opened: list[Opened] = []
    rows: list[Row] = []

    async def context() -> ReviewContext:
        if not opened:
            opened.append(await open_contexts(settings, [load_personas().personas["reviewer"]], pull=False))
        return opened[0].contexts[0]

    try:
        for tool in options.tools or projects():
            _say(f"== {tool}")
            rows.append(
                await mended(
                    tool,
                    options.parts,
                    context,
                    most=options.most,
                    samples=options.samples,
                    seconds=options.seconds,
                    say=_say,
                )
            )
            _print(rows[-1:])
    except (CheckTrouble, EngineError) as error:
        _say(str(error))
        return 3
    finally:
        for one in opened:
            await one.aclose()
    _print(rows, head=True)
    return 0


def _print(rows: list[Row], *, head: bool = False) -> None:
    """A line for each tool, and one for all."""
    if head:
        print("| tool | findings | fixed and verified | new findings | seconds | answers |\n|---|---|---|---|---|---|")
    for row in rows:
        ended = row.ended
        numbers = (ended.total, ended.mended, row.new, f"{ended.cost.seconds:.0f}", ended.cost.answers)
        print(f"| {row.tool} | {' | '.join(str(one) for one in numbers)} |", flush=True)
    if head and rows:
        total, fixed = sum(row.ended.total for row in rows), sum(row.ended.mended for row in rows)
        seconds, answers = (sum(row.ended.cost.seconds for row in rows), sum(row.ended.cost.answers for row in rows))
        new = sum(row.new for row in rows)
        share = f"{fixed / total:.2f}" if total else "0"
        print(f"| all | {total} | {fixed} = {share} | {new} | {seconds:.0f} | {answers} |", flush=True)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
