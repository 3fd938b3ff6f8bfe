"""The session between two saves: runs that meet, and an engine that is kept or chosen anew."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from postil.core.finding import Span
from postil.core.units import Unit
from postil.engine.base import EngineUnavailable
from postil.engine.build import EngineChoice
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.service import session as sessions
from postil.service.engines import EngineHolder
from postil.service.personas import load_personas
from postil.service.review import plan
from postil.service.session import Run, Session
from postil.service.status import Status
from postil.settings import ReviewSettings, Settings

URI = "file:///a.py"
OTHER = "file:///b.py"
SETTINGS = Settings(review=ReviewSettings(min_score=0))


class Door:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.told: list[str] = []
        self.states: list[Status] = []

    def findings_changed(self, uri: str) -> None: ...

    def run_began(self, run: Run) -> None:
        self.began.append(run.uri)

    def run_moved(self, run: Run) -> None: ...

    def run_ended(self, run: Run) -> None:
        self.ended.append(run.uri)

    def status_changed(self, status: Status) -> None:
        self.states.append(status)

    def tell(self, message: str, *, error: bool = True) -> None:
        self.told.append(message)


def function(name: str, extra: str = "") -> str:
    return f"def {name}(first, second):\n{extra}    total = first - second\n    print(total)\n    return total\n\n\n"


def mend(name: str, hold: Path | None = None) -> Rule:
    return Rule(f"def {name}(", echo=True, replace=(("first - ", "first + "),), hold=hold)


@asynccontextmanager
async def running(rules: list[Rule], settings: Settings = SETTINGS) -> Any:
    engine = ScriptedEngine(rules)
    door = Door()
    session = Session(door, settings, load_personas(), EngineHolder(lambda settings: scripted_choice(engine)))
    yield session, door
    await session.aclose()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def queued(session: Session, text: str) -> bool:
    """Whether a text's only unit waits or runs."""
    (unit,) = plan(text, "python")
    return (URI, "reviewer", unit.digest) in session.jobs


def start(session: Session, text: str, uri: str = URI, lines: Span | None = None) -> None:
    assert session.review(uri, uri.rpartition("/")[2], "python", text, 1, "save", lines) is None


def shown(session: Session, uri: str = URI) -> list[int]:
    return [placed.span.first for placed in session.findings.of(uri)]


async def test_a_save_while_the_last_unit_ends_is_reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, planning = tmp_path / "gate", threading.Event()
    async with running([mend("one", gate), mend("two")]) as (session, door):
        start(session, function("one"))
        await until(lambda: session.jobs.busy)

        def slow(*given: Any) -> list[Unit]:
            assert planning.wait(10)
            return plan(*given)

        monkeypatch.setattr(sessions, "plan", slow)
        start(session, function("one") + function("two"))
        gate.touch()
        await until(lambda: not session.jobs.busy)
        assert door.ended == [], "there is more to come"
        planning.set()
        await until(lambda: door.ended)
        assert shown(session) == [1, 7]
        assert (door.began, door.ended) == ([URI], [URI])


async def test_a_plan_that_takes_all_waiting_units_away_keeps_its_run(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with running([mend("busy", gate), mend("one")]) as (session, door):
        start(session, function("busy"), OTHER)
        await until(lambda: session.jobs.busy)
        first, second = function("one"), function("one", "    # now\n")
        start(session, first)
        await until(lambda: queued(session, first))
        start(session, second)
        await until(lambda: queued(session, second))
        gate.touch()
        await until(lambda: len(door.ended) == 2)
        assert sorted(door.ended) == sorted(door.began) == [URI, OTHER]
        assert (shown(session), shown(session, OTHER)) == ([2], [1])
        assert session.status.state == "ready"


async def test_a_review_of_some_lines_leaves_what_runs_on_the_others(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    text = function("one") + function("two") + function("three")
    async with running([mend("one", gate), mend("two"), mend("three")]) as (session, door):
        start(session, text)
        await until(lambda: session.jobs.busy)
        start(session, text, lines=Span(7, 8))
        await until(lambda: session._runs[URI].planned)
        gate.touch()
        await until(lambda: door.ended)
        assert shown(session) == [1, 7, 13]


async def test_a_plan_that_fails_ends_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any) -> list[Unit]:
        raise RuntimeError("oh")

    async with running([]) as (session, door):
        monkeypatch.setattr(sessions, "plan", fails)
        start(session, function("one"))
        await until(lambda: door.ended)
        assert (door.began, door.ended) == ([URI], [URI])


async def test_code_that_moves_while_it_is_read_gets_its_note_where_it_is(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with running([mend("one", gate)]) as (session, door):
        start(session, function("one"))
        await until(lambda: session.jobs.busy)
        session.edited(URI, [sessions.LineEdit(0, 0, 3)])
        gate.touch()
        await until(lambda: door.ended)
        assert shown(session) == [4]


async def test_code_that_was_edited_while_it_is_read_gets_none(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with running([mend("one", gate)]) as (session, door):
        start(session, function("one"))
        await until(lambda: session.jobs.busy)
        session.edited(URI, [sessions.LineEdit(2, 3, 1)])
        gate.touch()
        await until(lambda: door.ended)
        assert shown(session) == []


async def test_what_is_not_reviewed_says_why() -> None:
    async with running([], Settings(review=ReviewSettings(personas=("nobody",)))) as (session, door):
        reason = session.review(URI, "a.py", "python", "x = 1\n", 1, "save")
        assert reason and "review.personas" in reason
        assert door.told == ["There is no persona called 'nobody' (review.personas)."]
    async with running([]) as (session, door):
        reason = session.review(URI, "a.py", "python", "x = 1\n" * 200_000, 1, "save")
        assert reason and "1,000,000" in reason
        assert door.began == []


async def test_the_engine_is_kept_until_settings_that_name_another() -> None:
    chosen: list[Settings] = []
    closed: list[int] = []

    class Closing(ScriptedEngine):
        async def aclose(self) -> None:
            closed.append(len(chosen))

    async def choose(settings: Settings) -> EngineChoice:
        chosen.append(settings)
        if len(chosen) == 2:
            raise EngineUnavailable("away")
        return await scripted_choice(Closing([]))

    holder = EngineHolder(choose)
    persona, cache = load_personas().personas["reviewer"], sessions.ReviewCache()
    await asyncio.gather(*(holder.context(Settings(), persona, cache) for _ in range(3)))
    await holder.context(Settings(review=ReviewSettings(hints=True)), persona, cache)
    assert len(chosen) == 1 and closed == []
    other = Settings(engine="ollama")
    with pytest.raises(EngineUnavailable):
        await holder.context(other, persona, cache)
    assert closed == [1]
    assert (await holder.context(other, persona, cache)).model == "qwen2.5-coder:1.5b"
    await holder.drop()
    assert (len(chosen), closed) == (3, [1, 3])
