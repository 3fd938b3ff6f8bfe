"""Does a task once: a fresh copy, a conversation, its events, a record."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256

from bench.agent.recording import Asked
from bench.agent.score import Record, Watched, called, kept, why_not
from bench.agent.subject import NUM_CTX, BenchDoor, Open
from bench.agent.tasks import Task, ToolTask
from bench.agent.workspace import copy_of


@dataclass(frozen=True, slots=True)
class How:
    """With what a task is done. `seconds`: at most, for a task."""

    model: str
    form: str
    driver: str = "auto"
    engine: str = "embedded"
    seconds: float = 300.0
    num_ctx: int = NUM_CTX


def key_of(task: Task, how: How) -> str:
    """Another task under the same name, or another repository, has another key."""
    digest = sha256(f"{task.name}\0{how!r}\0".encode() + (task.folder / "task.toml").read_bytes())
    for path in sorted(task.repository.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"\0{path.relative_to(task.repository)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:24]


async def done(task: Task, how: How, opened: Open) -> Record:
    """A task's record. What the conversation raises is its end, and no end of the run; a cancelled run is cancelled."""
    with copy_of(task) as folder:
        watched, requests = Watched(f"{folder}/"), list[Asked]()
        began = time.monotonic()
        try:
            async with asyncio.timeout(how.seconds):
                door = BenchDoor(folder)
                async with opened(
                    folder, how.model, how.form, how.driver, how.engine, door, num_ctx=how.num_ctx
                ) as subject:
                    try:
                        async with aclosing(subject.prompt(task.spec.ask)) as events:
                            async for event in events:
                                watched.see(event)
                    finally:
                        requests += subject.requests()
        except TimeoutError:
            watched.ended, watched.ended_why = "time", f"not done after {how.seconds:.0f} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a result of this task
            watched.ended, watched.ended_why = "error", f"{type(error).__name__}: {error}"
        watched.seconds = time.monotonic() - began
        why = await asyncio.to_thread(why_not, task, watched, folder)
    return record(task, how, watched, requests, why)


def record(task: Task, how: How, watched: Watched, requests: list[Asked], why: str) -> Record:
    """All of it together."""
    spec = task.spec
    return Record(
        key=key_of(task, how),
        task=task.name,
        kind=task.kind,
        split=spec.split,
        form=spec.form if isinstance(spec, ToolTask) else "",
        model=how.model,
        call_form=how.form,
        driver=how.driver,
        engine=how.engine,
        solved=not why,
        why=why,
        calls=called(task, watched),
        raw=watched.raw,
        steps=watched.steps(requests),
        tokens=watched.tokens(requests),
        seconds=round(watched.seconds, 2),
        ended=watched.ended,
        ended_why=kept(watched.ended_why),
        repeats=watched.repeats,
        silent=watched.silent(requests, how.num_ctx),
        said=kept(watched.said),
    )
