"""Records a real `postil review` of the sample as an SVG for the README: `make picture`."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

from rich.console import Console

from postil.cli.report_text import TextReporter
from postil.cli.review_engine import open_contexts
from postil.cli.review_run import run_review
from postil.cli.review_targets import Targets, find_targets
from postil.service.personas import load_personas
from postil.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100


async def record() -> str:
    """The review as SVG text."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=False)
    console.print("$ postil review examples/orders.py\n", style="bold")
    settings = Settings()
    opened = await open_contexts(settings, [load_personas().personas["reviewer"]], pull=True)
    try:
        targets = await find_targets([ROOT / "examples" / "orders.py"], ROOT, ())
        assert isinstance(targets, Targets), targets
        await run_review(opened.contexts, targets, TextReporter(console), opened.name)
    finally:
        await opened.engine.aclose()
    return console.export_svg(title="postil review")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "review.svg"
    target.write_text(asyncio.run(record()), encoding="utf-8")
    print(f"drawn: {target}")
