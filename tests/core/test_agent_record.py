"""The record of a conversation that no model writes, and what of an exchange is shown when it is remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.agent.past.exchanges import Corpus, Exchange, excerpt, exchanges, fit, line, wanted
from postil.core.agent.past.record import MOST_CHARS, decisions, record, record_in
from postil.core.agent.past.stems import names, stem, stems
from postil.core.agent.tool import ToolCall
from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn


def called(name: str, arguments: str, text: str = "done", *, failed: bool = False) -> Result:
    return Result(ToolCall("c", name, arguments), text, f"{name.title()} it", failed)


READ, EDIT = called("read", '{"path": "src/cart.py"}'), called("edit", '{"path": "src/fees.py", "old": "", "new": ""}')
FAILS = called(
    "check", "{}", "collected 3 items\nE       assert 3 == 6\nFAILED tests/test_cart.py::test_total\n", failed=True
)
TURNS: tuple[Turn, ...] = (
    Asked("Mend the total of the cart. Never change the tests!"),
    READ,
    EDIT,
    FAILS,
    Answered("I have changed fees.py."),
    Asked("It is still wrong. Is `total` called from anywhere else?"),
)


def test_a_record_has_goal_files_failure_and_decisions() -> None:
    assert record(TURNS).text().split("\n") == [
        "Goal: Mend the total of the cart. Never change the tests!",
        "Now: It is still wrong. Is `total` called from anywhere else?",
        "Changed: src/fees.py",
        "Read: src/cart.py",
        "Failed: Check it: E assert 3 == 6 | FAILED tests/test_cart.py::test_total",
        "Decided: Never change the tests!",
    ]
    assert record(()).text() == ""


def test_a_check_that_passes_takes_the_failure_away() -> None:
    assert record(TURNS).failed, "the control"
    assert not record((*TURNS, called("check", "{}"))).failed


def test_what_failed_or_was_refused_is_no_change() -> None:
    refused = called("edit", '{"path": "a.py"}', "The user said no.", failed=True)
    assert record((Asked("Go."), refused)).changed == ()
    for arguments in ("", "[]", '{"path": 3}', "{" * 100_000, '{"path": ""}'):
        assert record((Asked("Go."), called("edit", arguments))).changed == ()


def test_a_record_carries_on_through_summaries() -> None:
    first = record(TURNS)
    summary = Summary(f"{first.text()}\n- the model's own words\nGoal: not this")
    later = record((summary, Asked("From now on use Decimal."), called("read", '{"path": "b.py"}')))
    assert later.goal == first.goal and later.now == "From now on use Decimal."
    assert later.changed == ("src/fees.py",) and later.read == ("src/cart.py", "b.py")
    assert later.decided == ("Never change the tests!", "From now on use Decimal.")
    assert later.failed == first.failed
    assert record_in(first.text()).text() == first.text()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("The staging host is called heron.", 1),
        ("Please use tabs. Thanks.", 1),
        ("Don't touch legacy.py", 1),
        ("以后总是用中文回答。好的。", 1),
        ("Do we always use tabs?", 0),
        ("Where is the total computed?", 0),
        ("Look:\n```\nnever = 1\n```\n", 0),
    ],
)
def test_decisions(said: str, found: int) -> None:
    assert len(decisions(said)) == found


@given(st.lists(st.text(max_size=2_000).map(Asked) | st.text(max_size=400).map(Summary), max_size=30))
def test_a_record_is_never_longer_than_it_may_be(turns: list[Turn]) -> None:
    found = record(turns)
    assert len(found.text()) <= MOST_CHARS and len(found.text(50)) <= 50
    assert record((Summary(found.text()),)).text() is not None


def test_exchanges_are_what_was_said_without_calls() -> None:
    call = '<tool_call>\n{"name": "read", "arguments": {"path": "a.py"}}\n</tool_call>'
    turns = (
        Answered("before"),
        Asked("Why?", "files"),
        Answered(f"I look.\n{call}"),
        READ,
        Answered("So."),
        Asked("Hm"),
    )
    assert exchanges(turns) == (Exchange("Why?", "I look.\nSo."), Exchange("Hm", ""))


@pytest.mark.parametrize(
    ("one", "other"), [("retained", "retain"), ("invoices", "invoice"), ("stopped", "stop"), ("policies", "policy")]
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_words_of_every_sentence_are_none_and_names_are_seen() -> None:
    assert stems("What is it that you can do for me?") == ()
    assert names("Ask Petra about read_file and v2 of HTTP") >= {*stems("Petra read_file v2 HTTP")}
    assert not names("Ask somebody about files") and stems("网关的端口")


CORPUS = Corpus(200, {"nimbu": 1, "port": 4, "list": 120})


def test_an_unrelated_exchange_does_not_fit() -> None:
    asked = wanted("Which port has Nimbus?")
    assert fit(asked, set(stems("The Nimbus gateway listens on 8443")), {"nimbu"}, CORPUS, strict=True) > 0, (
        "the control"
    )
    assert fit(asked, set(stems("The list is empty")), (), CORPUS, strict=False) == 0
    assert fit(wanted("Sort the list"), {"list"}, (), CORPUS, strict=False) == 0
    assert fit(wanted(""), {"list"}, (), CORPUS, strict=False) == 0


def test_an_excerpt_has_the_sentences_around_the_hits() -> None:
    text = " ".join(f"Sentence {number} is about something." for number in range(100))
    text = f"{text} The Nimbus gateway listens on 8443. {text}"
    found = excerpt(text, {"nimbu"}, CORPUS, 120)
    assert "8443" in found and len(found) <= 120
    long = "x " * 3_000 + "nimbus 8443 " + "y " * 3_000
    assert "8443" in excerpt(long, {"nimbu"}, CORPUS, 400)
    assert excerpt("", {"nimbu"}, CORPUS, 100) == ""


@given(st.text(max_size=400), st.text(max_size=400), st.integers(60, 300))
def test_a_line_fits_its_room(asked: str, answered: str, chars: int) -> None:
    said = line(Exchange(asked, answered), set(stems(asked)), CORPUS, chars, "2026-11-02")
    assert len(said) <= chars and "\n" not in said
