"""Jobs: so many at a time, one a key, each one's end told once, none left behind."""

from __future__ import annotations

import asyncio
import logging

import pytest

from postil.service.jobs import Jobs


class Bench:
    """Jobs that run until they are let go, and what is told of them."""

    def __init__(self, limit: int = 1) -> None:
        self.jobs = Jobs(limit)
        self.running: list[str] = []
        self.told: list[tuple[str, bool]] = []
        self.gates: dict[str, asyncio.Event] = {}

    def start(self, key: str, *, stubborn: bool = False) -> None:
        gate = self.gates[key] = asyncio.Event()

        async def work() -> None:
            self.running.append(key)
            try:
                await gate.wait()
            except asyncio.CancelledError:
                if stubborn:
                    await gate.wait()
                raise
            finally:
                self.running.remove(key)

        self.jobs.start((key,), work, lambda cancelled: self.told.append((key, cancelled)))


async def turns() -> None:
    """Lets all that is ready run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_at_a_time_in_their_order() -> None:
    bench = Bench(2)
    for key in "abcd":
        bench.start(key)
    await turns()
    assert bench.running == ["a", "b"]
    bench.gates["b"].set()
    await turns()
    assert (bench.running, bench.told) == (["a", "c"], [("b", False)])
    await bench.jobs.aclose()


async def test_a_key_that_is_there_already_is_not_started_again() -> None:
    bench = Bench(1)
    bench.start("a")
    bench.start("b")
    gate = bench.gates["a"]
    bench.start("a")
    bench.start("b")
    bench.gates["a"] = gate
    gate.set()
    await turns()
    assert bench.running == ["b"]
    await bench.jobs.aclose()
    assert bench.told == [("a", False), ("b", True)]


async def test_cancel_tells_of_waiting_ones_at_once_and_of_running_ones_when_they_have_ended() -> None:
    bench = Bench(1)
    for key in "abc":
        bench.start(key)
    await turns()
    bench.jobs.cancel(lambda key: key[0] in ("a", "b"))
    assert bench.told == [("b", True)]
    assert ("a",) not in bench.jobs and ("c",) in bench.jobs
    await turns()
    assert bench.told == [("b", True), ("a", True)]
    assert bench.running == ["c"]
    await bench.jobs.aclose()


async def test_the_next_of_a_key_waits_until_the_cancelled_one_has_ended() -> None:
    bench = Bench(2)
    bench.start("a", stubborn=True)
    await turns()
    old = bench.gates["a"]
    bench.jobs.cancel(lambda key: True)
    await turns()
    bench.start("a")
    bench.start("b")
    await turns()
    assert sorted(bench.running) == ["a", "b"], "the old one and, past it, the next key"
    assert bench.told == []
    old.set()
    await turns()
    assert bench.told == [("a", True)]
    assert sorted(bench.running) == ["a", "b"]
    bench.gates["a"].set()
    await turns()
    assert bench.told == [("a", True), ("a", False)]
    await bench.jobs.aclose()


async def test_a_job_that_fails_is_logged_once_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(1)

    async def fails() -> None:
        raise RuntimeError("oh")

    with caplog.at_level(logging.ERROR):
        bench.jobs.start(("x",), fails, lambda cancelled: bench.told.append(("x", cancelled)))
        bench.start("a")
        await turns()
    assert bench.told == [("x", False)]
    assert bench.running == ["a"]
    assert [record.message for record in caplog.records] == ["a job failed"]
    await bench.jobs.aclose()


async def test_the_end_leaves_nothing_behind() -> None:
    bench = Bench(1)
    ended: list[str] = []

    async def beside() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("beside")

    bench.start("a")
    bench.start("b")
    bench.jobs.spawn(beside)
    await turns()
    await bench.jobs.aclose()
    assert sorted(bench.told) == [("a", True), ("b", True)]
    assert ended == ["beside"]
    assert not bench.jobs.busy
    bench.start("c")
    bench.jobs.spawn(beside)
    await turns()
    assert bench.running == [] and ended == ["beside"]
