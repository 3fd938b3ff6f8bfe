"""Conversations that outlive their window and their process: kept, found again, bounded, forgotten; damage and two
processes at once end nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.service.remembered import CONTROLS, FACTS, HELD_OUT, fillers
from tests.service.talking import Model, hear, talk

from postil.core.agent.tool import ToolCall
from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn
from postil.service.agent.history import format as turn_format
from postil.service.agent.history import history as history_module
from postil.service.agent.history.format import UnknownForm, packed, unpacked
from postil.service.agent.history.history import History, folder_of, sweep
from postil.service.agent.history.remembering import Remembering
from postil.service.agent.history.store import HistoryTrouble

DAY = 86_400.0
CALL = ToolCall("call_1", "read", '{"path": "a.py"}')
TURNS: tuple[Turn, ...] = (
    Summary("Goal: mend it"),
    Asked("Where is the \ud800 limit?", "Files:\na.py"),
    Answered('I look.\n<tool_call>\n{"name": "read", "arguments": {"path": "a.py"}}\n</tool_call>', (CALL,)),
    Result(CALL, "1 LIMIT = 3", "Read a.py", failed=False, pruned=True),
    Answered("In a.py, line 1."),
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "state"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def said(*texts: str) -> tuple[Turn, ...]:
    return tuple(turn for text in texts for turn in (Asked(text), Answered("Noted.")))


def files(state: Path) -> list[Path]:
    return [path for path in state.rglob("*") if path.is_file()]


def test_turns_come_back_as_they_were(shop: Path) -> None:
    history = History(shop)
    history.save("one", TURNS)
    expected = (TURNS[0], Asked("Where is the ? limit?", "Files:\na.py"), *TURNS[2:])
    assert History(shop).load("one") == expected
    (kept,) = history.list()
    assert (kept.id, kept.title, kept.exchanges) == ("one", "Where is the ? limit?", 1)
    assert history.exchanges("one")[0].answered == "I look.\nIn a.py, line 1."
    assert history.load("two") is None


def test_what_another_version_or_nobody_has_written_is_refused() -> None:
    assert unpacked(packed(TURNS[2:])) == TURNS[2:], "the control"
    for text in (b'{"version":99,"turns":[]}', b'{"version":1,"turns":[{"type":"asked"}]}', b"[]", b"", b"[" * 100_000):
        with pytest.raises(UnknownForm):
            unpacked(zlib.compress(text))
    with pytest.raises(UnknownForm):
        unpacked(zlib.compress(b" " * (turn_format.MOST_BYTES + 1)))
    with pytest.raises(UnknownForm):
        unpacked(b"no zlib")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_files_are_the_users_alone(shop: Path, state: Path) -> None:
    History(shop).save("one", TURNS)
    assert files(state)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files(state))
    assert stat.S_IMODE(folder_of(shop).stat().st_mode) == 0o700


async def test_nothing_crosses_workspaces(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    History(shop).save("one", said("The Nimbus gateway listens on 8443."))
    assert History(other).list() == () and History(other).load("one") is None
    question = "On which port does the Nimbus gateway listen?"
    assert "8443" in await Remembering(History(shop), "two").remembered(question, (), 900), "the control"
    assert await Remembering(History(other), "two").remembered(question, (), 900) == ""
    # By the real path: a link to the workspace is the workspace.
    link = tmp_path / "link"
    link.symlink_to(shop)
    assert [one.id for one in History(link).list()] == ["one"]


def test_a_conversation_is_named_by_the_beginning_of_its_id(shop: Path) -> None:
    history = History(shop)
    for id in ("abc1", "abc2", "d"):
        history.save(id, said(f"This is {id}."))
    found = [history.named(one) for one in ("abc1", "abc", "d", "x")]
    assert [one.id if one is not None else None for one in found] == [
        "abc1",
        None,
        "d",
        None,
    ]
    newest = history.named("")
    assert newest is not None and newest.id == history.list()[0].id


def _recalled(facts: Sequence[tuple[str, str, str]], found: list[str]) -> list[str]:
    return [question for (_, question, answer), text in zip(facts, found, strict=True) if answer not in text]


async def _asked(shop: Path, facts: Sequence[tuple[str, str, str]]) -> list[str]:
    """What is remembered of each fact after 300 other turns, when only a summary and the latest turn are left."""
    history = History(shop)
    texts = list(fillers(300))
    step = len(texts) // (len(facts) + 1)
    for place, (fact, _, _) in enumerate(facts):
        texts.insert(place * step // 3, fact)
    turns = [turn for text in texts for turn in (Asked(text), Answered(f"All right: {text.split('.')[0].lower()}."))]
    history.save("long", turns)
    memory = Remembering(history, "long")
    window = (Summary("The user works on a shop."), *turns[-2:])
    found = [await memory.remembered(question, window, 900) for _, question, _ in facts]
    assert all(len(text) <= 900 for text in found)
    return found


@pytest.mark.parametrize("facts", [FACTS, HELD_OUT], ids=["chosen on", "held out"])
async def test_facts_told_early_are_found(shop: Path, facts: Sequence[tuple[str, str, str]]) -> None:
    missed = _recalled(facts, await _asked(shop, facts))
    print(f"\n{len(facts) - len(missed)} of {len(facts)} facts are found among 300 other turns; missed: {missed}")
    assert len(missed) <= len(facts) // 10


async def test_a_question_about_something_else_gets_nothing(shop: Path) -> None:
    await _asked(shop, FACTS)
    memory = Remembering(History(shop), "long")
    found = {question: await memory.remembered(question, (), 900) for question in CONTROLS}
    wrong = {question: text for question, text in found.items() if text}
    print(f"\n{len(wrong)} of {len(CONTROLS)} unrelated questions get something: {wrong}")
    assert len(wrong) <= 1
    past = Remembering(History(shop), "another")
    assert not [question for question in CONTROLS if await past.remembered(question, (), 900)]


async def test_what_the_window_still_holds_is_not_repeated(shop: Path) -> None:
    history, turns = History(shop), said("The Nimbus gateway listens on 8443.", "The build is green.")
    history.save("one", turns)
    memory = Remembering(history, "one")
    question = "Which port has the Nimbus gateway?"
    assert "8443" in await memory.remembered(question, turns[2:], 900), "the control"
    assert await memory.remembered(question, turns, 900) == ""


async def test_a_past_conversation_comes_with_its_date_and_the_latest_word_last(shop: Path) -> None:
    times = iter([0.0, 40 * DAY])
    history = History(shop, now=lambda: next(times))
    history.save("old", said("The Nimbus gateway listens on 8443."))
    history.save("new", said("The Nimbus gateway has moved to 9000."))
    found = await Remembering(history, "now").remembered("Where does the Nimbus gateway listen?", (), 900)
    lines = found.split("\n")
    assert lines[0].endswith("this workspace:") and "8443" in lines[1] and "9000" in lines[2]
    assert lines[1].startswith("(1970-01-0") and lines[2].startswith("(1970-02-")
    assert "user: " in lines[1] and "answer: Noted." in lines[1]


async def test_recall_finds_by_one_word(shop: Path) -> None:
    history = History(shop)
    history.save("old", said("Petra looks after billing.", "Remove the old branch."))
    assert "Petra" in await Remembering(history, "now").recall("billing")
    assert await Remembering(history, "now").recall("kubernetes") == ""


async def test_a_conversation_keeps_itself_and_goes_on(shop: Path) -> None:
    history = History(shop)
    first = talk(shop, Model(["Hello."]))
    first._keep = Remembering(history, "one").keep
    await hear(first, "Hi.")
    turns = history.load("one")
    assert turns is not None and [type(turn) for turn in turns] == [Asked, Answered]
    model = Model(["You said hi."])
    second = talk(shop, model, turns=turns)
    second._keep = Remembering(history, "one").keep
    await hear(second, "What did I say?")
    assert any("Hi." in message.content for message in model.requests[0].messages)
    assert history.list()[0].exchanges == 2


async def test_a_turn_that_is_closed_midway_is_kept(shop: Path) -> None:
    history = History(shop)
    conversation = talk(shop, Model(["A long answer."], pieces=1))
    conversation._keep = Remembering(history, "one").keep
    events = conversation.prompt("Go.")
    await anext(events)
    await events.aclose()
    kept = history.load("one")
    assert kept is not None and isinstance(kept[0], Asked) and kept[0].text == "Go." and isinstance(kept[1], Answered)


def test_exchanges_stay_when_the_turns_are_shortened(shop: Path) -> None:
    history, turns = History(shop), said("The Nimbus gateway listens on 8443.", "And now?")
    history.save("one", turns)
    history.save("one", (Summary("Talked."), *turns[2:]))
    assert history.load("one") == (Summary("Talked."), *turns[2:])
    assert len(history.exchanges("one")) == 2
    assert history.search("Nimbus", 3)[0].conversation == "one"


def test_forgetting_leaves_nothing_in_the_files(shop: Path, state: Path) -> None:
    history = History(shop)
    secret = "The zweihander protocol is secret."
    history.save("one", said(secret))
    history.save("two", said("The xylophone service stays."))
    everything = b"".join(path.read_bytes() for path in files(state))
    assert b"zweihander" in everything.lower(), "the control"
    assert history.forget("one") and not history.forget("one")
    history.close()
    everything = b"".join(path.read_bytes() for path in files(state)).lower()
    assert b"zweihander" not in everything and b"xylophone" in everything
    assert [one.id for one in History(shop).list()] == ["two"]
    History(shop).forget_all()
    assert not files(state) and History(shop).list() == ()


def test_old_and_too_many_conversations_go_and_the_current_one_stays(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "MOST_CONVERSATIONS", 3)
    clock = [0.0]
    history = History(shop, now=lambda: clock[0])
    for number in range(5):
        clock[0] += 1
        history.save(f"c{number}", said(f"Number {number}."))
    assert [one.id for one in history.list()] == ["c4", "c3", "c2"]
    clock[0] += 200 * DAY
    history.save("c2", said("Number 2.", "Again."))
    assert [one.id for one in history.list()] == ["c2"]
    monkeypatch.setattr(history_module, "MOST_EXCHANGES", 2)
    history.save("c2", said("Number 2.", "Again.", "And again."))
    assert [one.asked for one in history.exchanges("c2")] == ["Again.", "And again."]
    monkeypatch.setattr(history_module, "MOST_BYTES", 10)
    history.save("c9", said("The last."))
    assert [one.id for one in history.list()] == ["c9"]


def test_workspaces_that_nobody_talks_in_are_swept(shop: Path, state: Path) -> None:
    History(shop).save("one", TURNS)
    sweep()
    assert files(state), "the control"
    newest = max(path.stat().st_mtime for path in files(state))
    sweep(newest + 181 * DAY)
    assert not files(state)


@pytest.mark.parametrize("damage", ["garbage", "torn", "foreign", "schema"])
async def test_a_damaged_file_is_set_aside_and_said(shop: Path, damage: str) -> None:
    first = History(shop)
    first.save("one", said(*(f"Number {number} of the orchard." for number in range(200))))
    first.close()
    (path,) = folder_of(shop).glob("history-*.db")
    whole = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(os.urandom(9_000))
    elif damage == "torn":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "foreign":
        path.unlink()
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE t(x)")
    else:
        with sqlite3.connect(path) as database:
            database.execute("DROP TABLE exchanges")
    history = History(shop)
    memory = Remembering(history, "two")
    assert await memory.remembered("Where is the orchard?", (), 900) == ""
    memory.keep(said("The orchard is in Kent."))
    memory.keep(said("The orchard is in Kent."))
    assert "damaged" in " ".join(history.told) and (folder_of(shop) / "damaged.db").is_file()
    assert [one.id for one in History(shop).list()] == ["two"]


def test_damage_while_it_is_open_ends_nothing(shop: Path) -> None:
    history = History(shop)
    memory = Remembering(history, "one")
    memory.keep(said(*(f"Number {number} of the orchard." for number in range(300))))
    other = History(shop)
    assert other.list()
    (path,) = folder_of(shop).glob("history-*.db")
    history.close()
    other.close()
    path.write_bytes(b"x" * 40_000)
    for each in (history, other):
        # What fails is said, and the next use begins anew.
        for number in range(3):
            Remembering(each, f"n{number}").keep(said("After it."))
    assert {one.id for one in history.list()} == {one.id for one in other.list()} >= {"n2"}


def test_a_folder_that_cannot_be_written_ends_nothing(shop: Path, state: Path) -> None:
    state.mkdir()
    (state / "postil").write_text("a file", encoding="utf-8")
    history = History(shop)
    memory = Remembering(history, "one")
    memory.keep(TURNS)
    memory.keep(TURNS)
    assert len(history.told) == 1 and "can't be kept" in history.told[0]
    with pytest.raises(HistoryTrouble):
        history.save("one", TURNS)


_WRITER = """
import sys
from pathlib import Path
from postil.core.agent.turns import Answered, Asked
from postil.service.agent.history.history import History
history, turns = History(Path(sys.argv[1])), []
for number in range(int(sys.argv[3])):
    turns += [Asked(f"{sys.argv[2]} number {number}"), Answered("Noted.")]
    history.save(sys.argv[2], turns)
    print(number, flush=True)
"""


def _writer(shop: Path, id: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(shop), id, str(count)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_two_processes_write_at_once(shop: Path) -> None:
    with _writer(shop, "one", 40) as first, _writer(shop, "two", 40) as second:
        assert first.communicate()[0].count("\n") == 40 and second.communicate()[0].count("\n") == 40
    assert {one.id: one.exchanges for one in History(shop).list()} == {"one": 40, "two": 40}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_loses_at_most_the_turn_that_runs(shop: Path) -> None:
    with _writer(shop, "one", 100_000) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "25\n":
                break
        process.send_signal(signal.SIGKILL)
        told = 26 + len(process.stdout.read().splitlines())
    turns = History(shop).load("one")
    assert turns is not None and told <= len(turns) // 2 <= told + 1
