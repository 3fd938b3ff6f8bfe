"""The pure parts of a conversation: placing edits, arithmetic, circles, budget, what was named, compaction."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.agent.budget import Meter, cut
from postil.core.agent.calculate import calculate
from postil.core.agent.calls.grounded import clauses, grounded
from postil.core.agent.compaction import as_text, pruned, split
from postil.core.agent.guard import MOST_USELESS, LoopGuard
from postil.core.agent.placing import NotPlaced, placed
from postil.core.agent.prompt import CallForm, messages, signature, system_prompt
from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn

TEXT = "def a(x):\n    if x:\n        return 1\n    return 2\n\n\ndef b(x):\n    return 2\n"


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("        return 1\n", "        return 3\n", TEXT.replace("return 1", "return 3")),
        # Another indentation, no line end, white space at line ends.
        ("return 1", "return 3", TEXT.replace("return 1", "return 3")),
        (
            "if x:\n    return 1",
            "if not x:\n    return 3",
            TEXT.replace("if x:", "if not x:").replace("return 1", "return 3"),
        ),
        ("    if x:  \n        return 1 ", "    if y:\n        return 1", TEXT.replace("if x", "if y")),
        # With the numbers of a search.
        ("3:         return 1", "3:         return 3", TEXT.replace("return 1", "return 3")),
        # Nothing in its place.
        ("        return 1\n", "", TEXT.replace("        return 1\n", "")),
    ],
)
def test_an_edit_finds_its_place(old: str, new: str, after: str) -> None:
    assert placed(TEXT, old, new) == after


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ("    return 2\n", "2 times"),
        ("    return 7\n", "aren't in the file"),
        ("", "is empty"),
        ("def a(y):\n    if x:", "from line 1 it has:\ndef a(x):"),
    ],
)
def test_an_edit_without_one_place_says_why(old: str, told: str) -> None:
    with pytest.raises(NotPlaced) as caught:
        placed(TEXT, old, "x")
    assert told in str(caught.value)


@given(
    st.text(alphabet="ab \n\t", max_size=40),
    st.text(alphabet="ab \n\t", max_size=12),
    st.text(alphabet="c\n", max_size=8),
)
def test_an_edit_changes_nothing_beside_its_place(text: str, old: str, new: str) -> None:
    try:
        after = placed(text, old, new)
    except NotPlaced:
        return
    # What stands before and behind the first and last changed line is as it was.
    assert after.count("c") == new.count("c") or text == ""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("17.5 * 31", "542.5"),
        ("0.1 + 0.2", "0.3"),
        ("2 ** 64", "18446744073709551616"),
        ("2^10", "1024"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("round(2.675, 2)", "2.68"),
        ("(1 + 2) * max(3, 4)", "12"),
        ("1000", "1000"),
        ("10 / 4", "2.5"),
    ],
)
def test_arithmetic_is_exact(expression: str, value: str) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 / 0",
        "a + 1",
        "__import__('os').system('x')",
        "9 ** 9 ** 9",
        "(1).real",
        "1 if 1 else 2",
        "[1]",
        "'a' * 9",
        "sqrt(-1)",
        "(" * 200 + "1" + ")" * 200,
        "10 ** 500",
        "1e999",
        "True + 1",
        "sqrt()",
        "round(1, 10 ** 9)",
    ],
)
def test_what_is_no_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        calculate(expression)


@given(st.text(alphabet="0123456789+-*/%().^ emaxinsqrt,", max_size=30))
def test_no_expression_takes_long_or_breaks(expression: str) -> None:
    try:
        value = calculate(expression)
    except ValueError:
        return
    assert len(value) < 140


def call(name: str = "read", **arguments: object) -> ToolCall:
    return ToolCall("c", name, json.dumps(arguments))


def test_the_same_call_with_the_same_result_is_told_taken_away_and_ends_it() -> None:
    guard = LoopGuard()
    assert [guard.after(call(path="a"), "x") for _ in range(4)] == ["fine", "told", "gone", "stop"]
    # The control: other results, and other arguments in another order.
    guard = LoopGuard()
    assert [guard.after(call(path="a"), str(number)) for number in range(6)] == ["fine"] * 6
    assert guard.after(ToolCall("d", "read", '{"b": 1, "a": 2}'), "x") == "fine"
    assert guard.after(ToolCall("e", "read", '{"a": 2, "b": 1}'), "x") == "told"


def test_calls_that_cannot_be_made_end_it_too() -> None:
    guard = LoopGuard()
    verdicts = [guard.after(call(f"t{number}"), "no", useless=True) for number in range(MOST_USELESS)]
    assert verdicts == ["fine"] * (MOST_USELESS - 1) + ["stop"]


def test_the_meter_learns_from_the_engine_and_notices_what_was_left_out() -> None:
    meter = Meter(8192)
    before = meter.tokens("word " * 100)
    assert meter.seen(4000, 1100) and meter.tokens("word " * 100) < before
    assert not meter.seen(40_000, 1000)
    assert meter.tokens("中文" * 100) >= 200


@given(st.text(max_size=200), st.integers(0, 120))
def test_a_cut_text_is_no_longer_than_allowed(text: str, chars: int) -> None:
    assert len(cut(text, chars)) <= chars or len(text) <= chars


@pytest.mark.parametrize(
    ("made", "required", "said", "asked"),
    [
        (call(path="src/tariff.py"), ("path",), "Show me the tariff", ""),
        (call(path="src/bounds.ts"), ("path",), "Read me the file.", "Which file do you mean?"),
        (call(path="src"), ("path",), "List the folder src", ""),
        (call("run", command="rm -rf x"), ("command",), "Run it", "Which command shall I run?"),
        (call("run", command="npm test"), ("command",), "Run npm test", ""),
        (call(path="读写.py"), ("path",), "打开读写.py", ""),
    ],
)
def test_what_nobody_has_named_is_asked_for(made: ToolCall, required: tuple[str, ...], said: str, asked: str) -> None:
    assert grounded(made, required, [said])[1] == asked


def test_what_need_not_be_named_is_left_out() -> None:
    found, asked = grounded(call("fix", path="tests/x.py", check="tests"), (), ["Mend it."])
    assert json.loads(found.arguments) == {"check": "tests"} and not asked


def test_steps_are_told_apart() -> None:
    assert clauses("List the folder queue, then read the file about leases.") == (
        "List the folder queue",
        "read the file about leases.",
    )
    assert len(clauses("Which percentage is it, and where is it defined?")) == 1


SPEC = ToolSpec(
    "read",
    "read a file",
    '{"type": "object", "properties": {"path": {"type": "string"}, "line": {"type": "integer"}}, "required": ["path"]}',
)


def test_a_tool_is_told_in_a_line() -> None:
    assert signature(SPEC) == "read(path: text, line?: number)"
    assert "- read(path: text, line?: number): read a file" in system_prompt("", (SPEC,), "prompted")
    assert "read(path" not in system_prompt("", (SPEC,), "native")
    assert system_prompt("You are Ann.", (SPEC,), "prompted").startswith("You are Ann.\n")


TURNS: tuple[Turn, ...] = (
    Asked("Where?", "Files:\na.py"),
    Answered("<tool_call>…</tool_call>", (call(path="a"),)),
    Result(call(path="a"), "text " * 100, "Read a"),
    Answered("There."),
    Asked("And now?"),
    Answered("<tool_call>…</tool_call>", (call(path="b"),)),
    Result(call(path="b"), "text " * 100, "Read b"),
    Result(call(path="c"), "text " * 100, "Read c"),
)


@pytest.mark.parametrize("form", ["native", "prompted", "late"])
@pytest.mark.parametrize("harness", [False, True])
def test_roles_alternate(form: CallForm, harness: bool) -> None:
    for turns in (TURNS, pruned(TURNS), (Summary("so far"), *split(TURNS)[1])):
        roles = [one.role for one in messages("s", turns, form, harness=harness)]
        assert roles[0] == "system" and roles[1] == "user"
        assert all(a != b or a == "tool" for a, b in itertools.pairwise(roles))


def test_old_results_are_left_out_first_and_the_latest_stay() -> None:
    shorter = pruned(TURNS)
    assert [turn.pruned for turn in shorter if isinstance(turn, Result)] == [True, False, False]
    assert "Read a" in shorter[2].text and isinstance(shorter[0], Asked) and not shorter[0].found
    assert pruned(shorter) == shorter
    old, kept = split(shorter)
    assert isinstance(kept[0], Asked) and kept[0].text == "And now?" and (*old, *kept) == shorter


def test_a_page_for_the_record_has_all_turns_in_its_room() -> None:
    page = as_text(TURNS, 600)
    assert len(page) <= 600 and all(word in page for word in ("Where?", "There.", "And now?", "Read a"))
