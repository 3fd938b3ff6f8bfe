"""A model being fetched, with its progress: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.catalogue import Model
from postil.core.plain import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from postil.engine.ollama_admin import OllamaAdmin

# Off a terminal (CI logs), a line each time this much more of the whole has come.
_LINE_EVERY = 0.25

_STAGES = {
    "waiting": "waiting for another process that fetches it",
    "checking": "checking what is there already",
    "downloading": "fetching",
}


class PullView:
    """Shows one fetch on a console. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._said = ("", -1.0)

    def __enter__(self) -> PullView:
        if self._console.is_terminal:
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
                TransferSpeedColumn,
            )

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


async def pull_embedded(model: Model, console: Console) -> Path:
    """Brings a catalogue model into the cache for the embedded engine. Raises FetchFailed, DiskFull."""
    from postil.engine.fetch import FetchProgress, fetch

    steps: AsyncGenerator[FetchProgress] = fetch(model)
    path: Path | None = None
    with PullView(console) as view:
        async with aclosing(steps):
            async for step in steps:
                path = step.path
                if path is None:
                    what = _STAGES.get(step.stage, step.stage)
                    source = f" from {step.source}" if step.stage == "downloading" else ""
                    view.step(f"{model.name}: {what}{source}", step.done_bytes, step.total_bytes)
    assert path is not None, "a fetch that ends without an error has a path"
    return path


async def pull_ollama(admin: OllamaAdmin, name: str, console: Console) -> None:
    """Has Ollama fetch a model. Raises an EngineError."""
    with PullView(console) as view:
        async with aclosing(admin.pull(name)) as steps:
            async for step in steps:
                view.step(f"{name}: {step.status}", step.done_bytes, step.total_bytes)
