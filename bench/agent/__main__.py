"""`make eval EVAL=agent`: questions, calls and programs to mend, done by a conversation with tools."""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.agent import draw
from bench.agent.figures import append, bars, groups, never, read, table
from bench.agent.runner import How, done, key_of
from bench.agent.subject import DRIVERS, FORMS, NUM_CTX, Open, open_subject
from bench.agent.tasks import KINDS, SPLITS, MendTask, Task, tasks
from bench.agent.workspace import copy_of, judged
from bench.report import machine, printer
from rich.console import Console

from postil.engine.download.store import cache_dir

MODELS = ("qwen2.5-coder:0.5b", "qwen2.5-coder:1.5b")


def _forms(text: str) -> list[str]:
    found = text.split(",")
    if unknown := [name for name in found if name not in (*FORMS, "auto")]:
        raise argparse.ArgumentTypeError(f"no form is called {unknown[0]!r}")
    return found


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval EVAL=agent", description=__doc__)
    parser.add_argument("--models", type=lambda text: text.split(","), default=list(MODELS), metavar="MODEL,…")
    parser.add_argument(
        "--forms", type=_forms, default=list(FORMS), metavar="FORM,…", help=f"{', '.join(FORMS)}, auto: by the probe"
    )
    parser.add_argument("--driver", default="auto", choices=DRIVERS)
    parser.add_argument("--engine", default="embedded", choices=("embedded", "ollama"))
    parser.add_argument("--num-ctx", type=int, default=NUM_CTX)
    parser.add_argument("--split", choices=(*SPLITS, "all"), default="tune")
    parser.add_argument("--kind", choices=KINDS, help="only tasks of this kind")
    parser.add_argument("--only", metavar="GLOB", default="*", help="tasks whose KIND/NAME matches, e.g. 'mend/cart*'")
    parser.add_argument("--seconds", type=float, default=300.0, metavar="N", help="for a task, at most")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where each record goes, a line each")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="go on with the records of that file")
    parser.add_argument("--draw", type=Path, metavar="FILE", help="what is solved, as SVG")
    parser.add_argument("--show", action="store_true", help="print what was said and called")
    parser.add_argument("--list", action="store_true", help="no model: print the tasks")
    parser.add_argument("--check", action="store_true", help="no model: are the programs to mend sound?")
    options = parser.parse_args(given)
    if options.json and options.resume:
        parser.error("--json begins a file, --resume goes on with one")
    if options.resume and not options.resume.is_file():
        parser.error(f"--resume: there is no {options.resume}")
    return options


def chosen(options: argparse.Namespace) -> list[Task]:
    """Those that the options name."""
    return [
        task
        for task in tasks()
        if options.split in (task.spec.split, "all")
        and options.kind in (task.kind, None)
        and fnmatch.fnmatchcase(task.name, options.only)
    ]


def problems_of(task: Task, spec: MendTask) -> list[str]:
    """What is wrong with a program to mend, by its own tests."""
    with copy_of(task) as folder:
        before = judged(task, spec, folder)
    with copy_of(task, mended=True) as folder:
        after = judged(task, spec, folder)
    return (["passes before"] if before.given else []) + ([f"mended: {after.why}"] if after.why else [])


def check(found: Sequence[Task], console: Console) -> int:
    wrong = 0
    for task in found:
        if isinstance(task.spec, MendTask):
            for said in problems_of(task, task.spec):
                wrong += 1
                console.print(f"FAIL {task.name}: {said}", markup=False)
    console.print(f"{len(found)} tasks, {wrong} problems")
    return 1 if wrong else 0


async def measure(found: Sequence[Task], options: argparse.Namespace, out: Path, opened: Open) -> None:
    """Adds to the file what isn't in it: a model and form after the other, so that a model is loaded once."""
    progress = Console(stderr=True)
    known = {one.key for one in read(out)}
    for model in options.models:
        for form in options.forms:
            how = How(model, form, options.driver, options.engine, options.seconds, options.num_ctx)
            for number, task in enumerate(found, 1):
                if key_of(task, how) in known:
                    continue
                one = await done(task, how, opened)
                append(out, one)
                state = "solved" if one.solved else one.why
                line = (
                    f"{model} {form} {number:3d}/{len(found)} {task.name}: {state} ({one.ended}, {one.seconds:.0f} s)"
                )
                progress.print(line, markup=False, highlight=False, soft_wrap=True)


def main(given: Sequence[str] | None = None, opened: Open = open_subject) -> int:
    """The exit status is 1 when a raw call was shown, or a loop or an overflow was silent."""
    options, console = arguments(given), printer()
    found = chosen(options)
    if options.list:
        for task in found:
            console.print(f"{task.name} ({task.spec.split}): {task.spec.ask}", markup=False, soft_wrap=True)
        return 0
    if options.check:
        return check(found, console)
    if not found:
        console.print("no task matches")
        return 1
    name = re.sub(r"[^\w.,-]", "-", f"{','.join(options.models)}-{options.engine}-{options.driver}-{options.split}")
    out: Path = options.resume or options.json or cache_dir() / "eval-agent" / f"{name}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    if not options.resume:
        out.unlink(missing_ok=True)
    asyncio.run(measure(found, options, out, opened))
    keys = {
        key_of(task, How(model, form, options.driver, options.engine, options.seconds, options.num_ctx))
        for task in found
        for model in options.models
        for form in options.forms
    }
    records = [one for one in read(out) if one.key in keys]
    console.print(machine(), soft_wrap=True)
    by = groups(records)
    for (model, form), rows in by.items():
        console.print(table(rows, f"{model}, {form}, driver {options.driver}, {options.engine}, {options.split} tasks"))
        for line in bars(rows):
            console.print(line)
    if options.show:
        for one in records:
            console.print(f"{'=' if one.solved else ' '} {one.call_form} {one.task} {one.why}", markup=False)
            for call in one.calls:
                console.print(f"    {call.name} {call.arguments}", markup=False)
            console.print(f"    {one.said}", markup=False)
    if options.draw is not None:
        options.draw.write_text(draw.bars(by, f"tasks solved, {options.split}"), encoding="utf-8")
    console.print(f"records: {out}", soft_wrap=True)
    return 1 if any(never(records).values()) else 0


if __name__ == "__main__":
    sys.exit(main())
