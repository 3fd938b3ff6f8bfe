"""Shows the progress of something that takes a while: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from postil.core.text.plain import one_line
from postil.engine.base import Progress as Step

# Off a terminal (CI logs), a line each time this share of the whole has come.
_LINE_EVERY = 0.25


class PullView:
    """The progress on a console. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._said = ("", -1.0)

    def __enter__(self) -> PullView:
        if self._console.is_terminal:
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def step(self, what: str, done: int | None = None, total: int | None = None) -> None:
        """`what` is happening, with so many bytes of so many."""
        what = one_line(what)
        if self._progress is None:
            share = (done or 0) / total if total else 0.0
            if self._said[0] != what or share >= self._said[1] + _LINE_EVERY:
                self._said = (what, share)
                self._console.print(f"{what}  {share:.0%}" if total and share else what, soft_wrap=True)
            return
        if self._task is None or self._said[0] != what:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(what, total=total)
            self._said = (what, 0.0)
        self._progress.update(self._task, completed=done or 0, total=total)


async def show_steps(steps: AsyncGenerator[Step], console: Console | None = None) -> None:
    """Runs the steps to their end, shown on standard error. Raises what they raise."""
    if console is None:
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with PullView(console) as view:
        async with aclosing(steps):
            async for step in steps:
                view.step(step.what, step.done_bytes, step.total_bytes)
