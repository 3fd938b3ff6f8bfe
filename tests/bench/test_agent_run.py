"""What `bench.agent` makes of a conversation: a scripted one shows that each kind of failure is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
from bench.agent import draw
from bench.agent.__main__ import main
from bench.agent.figures import append, bars, false_calls, groups, never, read, solved, table, valid, wrong_but_valid
from bench.agent.recording import Asked
from bench.agent.runner import How, done
from bench.agent.score import Record
from bench.agent.subject import BenchDoor
from bench.agent.tasks import KINDS, TASKS, Task, load
from rich.console import Console
from tests.bench.scripted_subject import Opener, Turn, call, says

from postil.core.agent.events import ContextUsed, Ended, Event, FileChange, Said
from postil.core.agent.permission import PermissionRequest
from postil.core.agent.tool import ToolCall, ToolKind

HOW = How("a-model", "prompted", seconds=20)
END = Ended("done")
RIGHT = Said("`after_gate_surcharge` computes it.")


def task(name: str) -> Task:
    kind, _, folder = name.partition("/")
    return load(kind, TASKS / kind / folder)


def run(name: str, turn: Turn, *requests: Asked, how: How = HOW) -> Record:
    return asyncio.run(done(task(name), how, Opener(turn, requests)))


def answered(*events: Event, name: str = "questions/ferry_late") -> Record:
    return run(name, says(*events, END))


def test_a_question_is_solved() -> None:
    found = run(
        "questions/ferry_late",
        says(
            Said("I look at it."),
            *call("search", "ferry/boarding.py:14", question="late passengers"),
            Said("`after_gate_"),
            Said("surcharge` computes it."),
            END,
        ),
        Asked(1000, 20, 900),
        Asked(1100, 30, 1000),
    )
    assert found.solved and not found.why
    assert (found.ended, found.raw, found.steps, found.tokens) == ("done", 0, 2, 2150)
    assert [(one.name, one.valid, one.wanted, one.false) for one in found.calls] == [("search", True, None, False)]
    assert not found.silent


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("It is late_fee.", "lacks 'after_gate_surcharge'"),
        ("after_gate_surcharge, or changeover_fee.", "has 'changeover_fee'"),
        ("", "nothing was said"),
        ("after_gate_surcharge " * 200, "200 words are no answer"),
    ],
)
def test_a_wrong_answer_is_none(said: str, why: str) -> None:
    found = answered(Said(said))
    assert not found.solved and found.why == why


def test_what_is_said_before_a_call_is_no_answer() -> None:
    wrong = answered(RIGHT, *call("list"), Said("It is late_fee."))
    assert not wrong.solved
    assert answered(RIGHT, *call("list")).solved, "but it is where nothing comes after"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "read", "arguments": {"path": "a"}}',
        '```json\n{ "name":"read"}\n```',
        '<tool_call>\n{"x": 1}',
        "<function=read><parameter=path>a</parameter></function>",
        '{"tool_calls": []}',
        '[TOOL_CALLS][{"x": 1}]',
        "<<<<<<< SEARCH\nx\n=======",
    ],
)
def test_a_raw_call_is_seen_though_it_comes_in_pieces(text: str) -> None:
    found = answered(*(Said(char) for char in text), RIGHT)
    assert found.raw >= 1 and never([found])["raw calls shown"] >= 1
    clean = answered(Said('A call such as read("a") or {"path": "x"} is none. '), RIGHT)
    assert clean.raw == 0 and clean.solved


def test_false_calls_are_seen() -> None:
    greeted = answered(*call("list"), Said("Hello!"), name="tools/none_hello")
    assert not greeted.solved and [one.false for one in greeted.calls] == [True]
    assert answered(Said("Hello! What shall we do?"), name="tools/none_hello").solved
    # What can't be made never starts.
    (_, refused) = call("teleport", to="x")
    invented = answered(refused, RIGHT)
    assert [(one.valid, one.false) for one in invented.calls] == [(False, True)]
    assert false_calls([greeted, invented, answered(*call("list"), RIGHT)]) == pytest.approx(2 / 3)


def test_what_is_missing_is_asked_for() -> None:
    name = "tools/missing_read"
    assert answered(Said("Which file do you mean?"), name=name).solved
    assert not answered(Said("Here is the file: export const bounds"), name=name).solved
    invented = answered(*call("read", path="src/page.js"), Said("Which file do you mean?"), name=name)
    assert not invented.solved and invented.why.startswith("called read")


def test_one_call_is_the_first_call() -> None:
    wanted = call("read", path="ferry/refunds.py", from_line=1, to_line=12)
    assert answered(*wanted, Said("…"), name="tools/one_read").solved
    late = answered(*call("list"), *wanted, name="tools/one_read")
    assert not late.solved and [one.wanted for one in late.calls] == [False, True]
    assert wrong_but_valid([late]) == 0.5 and valid([late]) == 1
    other = answered(*call("read", path="ferry/refunds.py"), name="tools/one_read")
    assert not other.solved and other.calls[0].valid
    assert not answered(Said("I would read it."), name="tools/one_read").solved


def test_two_calls_have_an_order_and_others_may_be_between() -> None:
    first, second = call("list", path="queue"), call("read", path="queue/lease.go")
    name = "tools/two_list_read"
    assert answered(*first, *call("find", text="lease"), *second, name=name).solved
    assert not answered(*second, *first, name=name).solved
    assert not answered(*first, name=name).solved


def test_a_path_may_be_absolute() -> None:
    async def reads(folder: Path, text: str) -> AsyncGenerator[Event]:
        del text
        for event in call("read", path=str(folder / "ferry/refunds.py"), from_line=1, to_line=12):
            yield event
        yield END

    assert run("tools/one_read", reads).solved


def test_a_program_is_mended_by_what_is_in_the_folder() -> None:
    async def mends(folder: Path, text: str) -> AsyncGenerator[Event]:
        del text
        path = folder / "seats.py"
        path.write_text(path.read_text("utf-8").replace("width + seat\n", "width + seat - 1\n"), "utf-8")
        yield Said("Mended.")
        yield END

    assert run("mend/seat_rows", mends).solved
    claimed = run("mend/seat_rows", says(Said("Mended."), END))
    assert not claimed.solved and claimed.why == "the tests fail"


def test_how_it_ended_is_kept() -> None:
    loop = run("questions/ferry_late", says(Ended("loop", "the same call again and again")))
    assert (loop.ended, loop.ended_why, loop.solved) == ("loop", "the same call again and again", False)
    assert run("questions/ferry_late", says(RIGHT)).ended == "nothing"


def test_a_loop_that_nobody_is_told_of_is_seen() -> None:
    again = [event for _ in range(4) for event in call("find", "nothing", text="x")]
    assert answered(*again, RIGHT).silent == ("loop",)
    told = run("questions/ferry_late", says(*again, Ended("loop", "the same call")))
    assert told.repeats == 4 and not told.silent
    unreadable = [one for _ in range(4) for one in call("read", "bad arguments")[1:]]
    assert answered(*unreadable, RIGHT).silent == ("loop",)
    other = [event for number in range(4) for event in call("find", f"{number}", text="x")]
    assert not answered(*other, RIGHT).silent, "other results are no loop"


@pytest.mark.parametrize(
    ("events", "requests", "seen"),
    [
        ([ContextUsed(8000, 8192)], [Asked(8000)], False),
        ([ContextUsed(8193, 8192)], [], True),
        ([], [Asked(8193)], True),
        ([], [Asked(4000, sent_tokens=5000)], True),
        ([], [Asked(5000, sent_tokens=5000)], False),
    ],
)
def test_an_overflow_that_nobody_is_told_of_is_seen(
    events: Sequence[Event], requests: Sequence[Asked], seen: bool
) -> None:
    found = run("questions/ferry_late", says(*events, RIGHT, END), *requests)
    assert found.silent == (("overflow",) if seen else ())
    told = run("questions/ferry_late", says(*events, Ended("overflow", "too long")), *requests)
    assert not told.silent


def test_a_conversation_that_hangs_or_raises_is_a_result_and_is_closed() -> None:
    ended: list[str] = []

    async def hangs(folder: Path, text: str) -> AsyncGenerator[Event]:
        del folder, text
        try:
            yield RIGHT
            await asyncio.Event().wait()
        finally:
            ended.append("closed")

    opener = Opener(hangs)
    found = asyncio.run(done(task("questions/ferry_late"), How("m", "late", seconds=0.2), opener))
    assert (found.ended, ended, opener.opened[0].closed) == ("time", ["closed"], True)

    async def raises(folder: Path, text: str) -> AsyncGenerator[Event]:
        del folder, text
        yield RIGHT
        raise RuntimeError("the engine is gone")

    broken = run("questions/ferry_late", raises)
    assert (broken.ended, broken.ended_why) == ("error", "RuntimeError: the engine is gone")


def test_a_cancelled_run_is_cancelled() -> None:
    async def cancels(folder: Path, text: str) -> AsyncGenerator[Event]:
        del folder, text
        yield RIGHT
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run("questions/ferry_late", cancels)


@pytest.mark.parametrize(
    ("kind", "path", "answer"),
    [
        ("edit", "a.py", "once"),
        ("edit", "../a.py", "no"),
        ("edit", "/etc/hosts", "no"),
        ("run", "", "once"),
        ("check", "", "once"),
        ("network", "", "no"),
        ("mcp", "", "no"),
    ],
)
def test_the_user_says_yes_to_what_stays_in_the_folder(tmp_path: Path, kind: ToolKind, path: str, answer: str) -> None:
    changes = (FileChange(path, "a", "b"),) if path else ()
    request = PermissionRequest(ToolCall("1", "x", "{}"), kind, "x", changes=changes)
    assert asyncio.run(BenchDoor(tmp_path).ask(request)) == answer


def test_a_run_goes_on_where_it_was_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, picture = tmp_path / "out.jsonl", tmp_path / "out.svg"
    given = ["--models", "a", "--forms", "native", "--only", "questions/ferry_[lr]*", "--draw", str(picture)]
    opener = Opener(says(RIGHT, END))
    assert main([*given, "--json", str(out)], opener) == 0
    assert len(opener.opened) == len(read(out)) == 2
    # What was killed has left a half line.
    lines = out.read_bytes().splitlines()
    out.write_bytes(b"\n".join(lines[:-1]) + b"\n" + lines[-1][:40])
    again = Opener(says(RIGHT, END))
    assert main([*given, "--resume", str(out)], again) == 0
    assert len(again.opened) == 1 and len(read(out)) == 2
    assert "solved" in capsys.readouterr().out and picture.read_text("utf-8").startswith("<svg")
    raw = Opener(says(Said('{"name": "read"}'), END))
    assert main([*given, "--json", str(out)], raw) == 1


def test_figures_are_counted_by_kind_with_their_bars(tmp_path: Path) -> None:
    records = [
        answered(RIGHT),
        answered(Said("It is late_fee.")),
        answered(*call("list", path="src"), name="tools/one_list"),
        run("mend/seat_rows", says(Said("Mended."), END)),
    ]
    assert solved(records) == 0.5
    for one in records:
        append(tmp_path / "x.jsonl", one)
    assert read(tmp_path / "x.jsonl") == records
    console = Console(width=200, record=True, file=(tmp_path / "out").open("w", encoding="utf-8"))
    console.print(table(records, "all"))
    said = console.export_text()
    assert all(kind in said for kind in KINDS) and "0.50 (" in said
    told = bars(records)
    assert any(line.startswith("questions: 0.50") and line.endswith(": met") for line in told)
    assert any(line.startswith("mend: 0.00") and line.endswith("MISSED") for line in told)
    assert draw.bars(groups(records), "a & b").count("<rect") == 4
