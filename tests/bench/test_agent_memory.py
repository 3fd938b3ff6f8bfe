"""What `bench.agent.memory` counts: truncations, compactions that don't pay, facts, the cache."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from bench.agent.memory import Talker, bars, main, table, totals
from bench.agent.recording import Asked
from bench.agent.subject import BenchDoor
from bench.agent.talk import Line, data
from rich.console import Console
from tests.bench.scripted_subject import Opener, Turn, says

from postil.core.agent.events import Compacted, ContextUsed, Ended, Event, Said

END = Ended("done")
KNOWN = data()


async def remembers(folder: Path, text: str) -> AsyncGenerator[Event]:
    """Knows every fact."""
    del folder
    fact = next((one for one in KNOWN.facts if one.ask in text), None)
    yield Said("noted" if fact is None else fact.answer.right[0])
    yield END


async def talked(turn: Turn, *requests: Asked, lines: tuple[Line, ...], num_ctx: int = 4096) -> Talker:
    async with Opener(turn, requests)(Path(), "m", "native", "auto", "embedded", BenchDoor(Path())) as subject:
        talker = Talker(subject, "facts", num_ctx, 5, memory=True)
        for line in lines:
            await talker.say(line)
    return talker


ASKED = tuple(Line("asked", one.ask, one) for one in KNOWN.facts)


def test_a_whole_run_that_remembers_meets_the_bars(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    opener = Opener(remembers, [Asked(1000, 5, 900, 1000)])
    assert main(["--tokens", "4000", "--memory", "with", "--json", str(out)], opener) == 0
    assert len(out.read_bytes().splitlines()) == sum(len(one.requests()) for one in opener.opened)
    assert "MISSED" not in capsys.readouterr().out


def test_a_run_that_forgets_misses_them(capsys: pytest.CaptureFixture[str]) -> None:
    opener = Opener(says(Said("noted"), END), [Asked(1000, 5, 100)])
    assert main(["--talk", "facts", "--tokens", "3000"], opener) == 1
    said = capsys.readouterr().out
    assert "0.00 of the facts recalled" in said and "0.10 of the prompt tokens" in said
    assert len(opener.opened) == 2 and "without memory" in said


def test_facts_are_counted() -> None:
    found = totals(asyncio.run(talked(remembers, lines=ASKED)).turns)
    assert found.recalled == 1
    guessed = totals(asyncio.run(talked(says(Said("Saltbridge."), END), lines=ASKED)).turns)
    assert guessed.recalled == pytest.approx(1 / 20)


@pytest.mark.parametrize(
    ("request_", "events", "count"),
    [
        (Asked(4096, 1, 0, 4096), (), 0),
        (Asked(4097), (), 1),
        (Asked(3000, 1, 0, 3001), (), 1),
        (Asked(3000), (ContextUsed(4100, 4096),), 1),
        (Asked(3000), (ContextUsed(4096, 4096),), 0),
    ],
)
def test_truncations_are_counted(request_: Asked, events: tuple[Event, ...], count: int) -> None:
    talker = asyncio.run(talked(says(*events, END), request_, lines=ASKED[:2]))
    assert totals(talker.turns).truncated == 2 * count
    assert any("truncations" in line for line in bars([("x", talker.turns)])) is bool(count)


def test_compactions_that_do_not_pay_are_counted() -> None:
    turn = says(Compacted(3000, 1800), Compacted(3000, 1801), END)
    found = totals(asyncio.run(talked(turn, lines=ASKED[:1])).turns)
    assert (found.compactions, found.unpaid) == (2, 1)


def test_what_nobody_counts_is_unknown_and_no_bar_is_met() -> None:
    rows = asyncio.run(talked(remembers, lines=ASKED[:1])).turns
    found = totals(rows)
    assert found.cached is None and not found.counted
    assert len(bars([("x", rows)])) == 2
    console = Console(width=160, record=True, quiet=False)
    console.print(table([("x", rows)], "t"))
    assert console.export_text().count("unknown") == 2


def test_a_turn_that_raises_or_hangs_is_a_result() -> None:
    async def breaks(folder: Path, text: str) -> AsyncGenerator[Event]:
        del folder, text
        yield Said("a")
        raise OSError("gone")

    rows = asyncio.run(talked(breaks, lines=ASKED[:2])).turns
    assert [row.ended for row in rows] == ["error: OSError: gone"] * 2
    assert totals(rows).unended == 2
