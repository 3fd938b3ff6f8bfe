"""Actions: what they are about, what is asked, and which answers may become edits."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.actions.answer import LOOP, appended, code_of, repeats, replacement
from postil.core.actions.request import HEAD_LINES, ActionInput, Subject, action_request, at_margin, head_of, subject_of
from postil.core.persona.persona import Persona
from postil.core.request import Message, Sampling
from postil.core.review.finding import Span
from postil.core.review.profile import UNMEASURED, profiles
from postil.core.syntax.tree import error_count, same_code
from postil.core.text.edits import TextEdit, apply
from postil.core.text.positions import split_lines

CASES = tomllib.loads(Path(__file__).with_name("actions.toml").read_text(encoding="utf-8"))["action"]
PERSONA = Persona("it", "action", "m", system="Do.", title="Do it", task="Make it so.")
NOTHING = ActionInput()
SUBJECT = Subject("f", "python", Span(0, 2), "    def f(a):\n        return a")
LINE = st.sampled_from(["x = 1", "def f(a):", "    return a", "    # c", "", "  if a:", "    b = '😀'", '    """d"""'])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("fenced", [False, True])
def test_actions(case: dict[str, Any], fenced: bool) -> None:
    before, language = case["before"], case.get("language", "python")
    subject = subject_of(before, language, Span(*case["lines"]))
    assert subject is not None
    assert (subject.text, subject.around) == (case["subject"], case.get("around", ""))
    persona = replace(PERSONA, changes=case.get("changes", "everything"))
    answer = case["answer"]
    if fenced:
        # An engine that can't go on from a begun answer.
        answer = answer if answer.startswith("```") else f"Here it is:\n\n```{language}\n{answer}```\n\nDone."
        code = code_of(answer, "")
    else:
        code = code_of(answer, f"```{language}\n")
    assert code is not None
    edit, why = replacement(before, subject, code, persona)
    if "refused" in case:
        assert edit is None
        assert case["refused"] in why
    else:
        assert edit is not None, why
        assert apply(before, [edit]) == case["after"]


@given(st.lists(LINE, min_size=1, max_size=10), st.lists(LINE, max_size=10), st.sampled_from(["\n", "\r\n"]), st.data())
def test_only_the_selected_lines_change_and_undo_is_the_identity(
    lines: list[str], answer: list[str], newline: str, data: st.DataObject
) -> None:
    text = newline.join(lines)
    first = data.draw(st.integers(0, len(lines)))
    subject = subject_of(text, "python", Span(first, data.draw(st.integers(first, len(lines)))))
    if subject is None:
        return
    changes = data.draw(st.sampled_from(["everything", "comments", "wording"]))
    edit, why = replacement(text, subject, "\n".join(answer), replace(PERSONA, changes=changes))
    if edit is None:
        assert why
        return
    after = apply(text, [edit])
    undo = TextEdit(edit.start, edit.start + len(edit.new), text[edit.start : edit.end])
    assert apply(after, [undo]) == text
    new = split_lines(after)
    behind = len(lines) - subject.span.last
    assert new[: subject.span.first] == lines[: subject.span.first]
    assert behind == 0 or new[-behind:] == lines[-behind:]
    assert (error_count(after, "python") or 0) <= (error_count(text, "python") or 0)
    if changes != "everything":
        assert same_code(text, after, "python")


@pytest.mark.parametrize("lines", [Span(1, 1), Span(1, 2), Span(0, 0), Span(99, 99), Span(99, 200)])
def test_where_there_is_no_code(lines: Span) -> None:
    assert subject_of("\n\n", "python", lines) is None


@pytest.mark.parametrize(
    ("answer", "begun", "code"),
    [
        ("x = 1\n", "```python\n", "x = 1"),
        ("x = 1\n", "```python\n    ", "    x = 1"),
        ("x = 1\n```\nAnd so on", "```python\n", "x = 1"),
        ("\n\n  x = 1", "```python\n", "  x = 1"),
        ("Sure:\n```\nx = 1\n```", "", "x = 1"),
        ("Sure:\n```py\nx = 1", "", "x = 1"),
        ("Sure: x = 1", "", None),
        ("", "```python\n", None),
        ("```python\n```", "", None),
        ("x = 1\n```\ny\n````\nAnd so on", "````python\n", "x = 1\n```\ny"),
        ("````\nx\n```\n````\n", "", "x\n```"),
        ("x\n```py\ny\n```\nz\n```", "````python\n", "x\n```py\ny\n```\nz"),
    ],
)
def test_the_code_of_an_answer(answer: str, begun: str, code: str | None) -> None:
    assert code_of(answer, begun) == code


estimated = profiles()[UNMEASURED].estimate_tokens


def said(persona: Persona, told: ActionInput = NOTHING, subject: Subject = SUBJECT) -> str:
    request = action_request("m", persona, subject, 4096, told, prefill=True)
    assert request is not None
    return request.messages[-1].content


def test_what_is_asked() -> None:
    request = action_request("m", PERSONA, SUBJECT, 4096, ActionInput(), prefill=True)
    assert request is not None
    assert request.messages[0] == Message("system", "Do.")
    assert request.messages[1].content == (
        "```python\ndef f(a):\n    return a\n```\n\n"
        "Make it so. Keep everything else exactly as it is. Reply with the code only."
    )
    assert (request.prefill, request.sampling.stop, request.lane) == ("```python\n", ("\n```",), "interactive")
    told = said(PERSONA, subject=replace(SUBJECT, around="class A:\n    def f(a):\n        return a"))
    assert told.startswith("```python\nclass A:\n")
    assert "Of this code only these lines:\n```python\ndef f(a):\n" in told
    assert told.endswith("Reply with these lines only.")


def test_words_of_the_user_and_of_the_persona() -> None:
    asks = replace(PERSONA, task="Do {input} now.", asks="What?")
    assert "Do that {input} now." in said(asks, ActionInput("that {input}"))
    assert "Make it so. Quickly." in said(PERSONA, ActionInput("Quickly."))
    assert "Into 中文." in said(replace(PERSONA, task="Into {language}.", answer_in="中文"))
    assert "Do it." in said(replace(PERSONA, task=""))
    tests = said(
        replace(PERSONA, does="tests"), ActionInput(path="src/a.py", tests="tests/test_a.py", head="import os")
    )
    assert tests.startswith("The file src/a.py begins:\n```python\nimport os\n```\n\n```python\ndef f(a):")
    assert "The code is `f` in src/a.py. The tests go to tests/test_a.py." in tests
    show = action_request(
        "m", replace(PERSONA, does="show", answer_in="中文"), SUBJECT, 4096, ActionInput(), prefill=True
    )
    assert show is not None
    assert show.prefill == "" and show.sampling.stop == ()
    assert show.messages[-1].content.endswith("Make it so. Answer in 中文.")


@given(st.integers(0, 400), st.integers(512, 4096), st.sampled_from(["replace", "tests", "show"]))
def test_prompt_and_answer_stay_inside_the_context(lines: int, num_ctx: int, does: Any) -> None:
    subject = replace(SUBJECT, text="\n".join(["    x = 1"] * (lines + 1)))
    request = action_request("m", replace(PERSONA, does=does), subject, num_ctx, ActionInput(), prefill=True)
    if request is None:
        assert estimated(subject.text) * 2 + 200 > num_ctx
        return
    prompt = sum(estimated(message.content) for message in request.messages)
    assert prompt + (request.sampling.max_tokens or 0) <= num_ctx
    assert does != "replace" or (request.sampling.max_tokens or 0) >= estimated(subject.text)


def test_num_predict_of_the_persona_is_the_limit() -> None:
    persona = replace(PERSONA, sampling=Sampling(max_tokens=77))
    request = action_request("m", persona, SUBJECT, 4096, ActionInput(), prefill=True)
    assert request is not None and request.sampling.max_tokens == 77


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "def t(): pass\n"),
        ("a = 1", "a = 1\n\n\ndef t(): pass\n"),
        ("a = 1\n\n\n\n", "a = 1\n\n\ndef t(): pass\n"),
        ("a = 1\r\n", "a = 1\r\n\r\n\r\ndef t(): pass\r\n"),
    ],
)
def test_code_at_the_end_of_a_file(before: str, after: str) -> None:
    assert apply(before, [appended(before, "def t(): pass")]) == after


@given(st.lists(LINE, min_size=1, max_size=8), st.sampled_from(["", "    ", "\t"]))
def test_what_the_model_sees_can_be_put_back(lines: list[str], margin: str) -> None:
    subject = replace(SUBJECT, text="\n".join(f"{margin}{line}" if line else "" for line in lines))
    assert at_margin(subject.dedented, subject.margin) == subject.text


def test_a_string_at_the_left_margin_keeps_its_text() -> None:
    subject = replace(SUBJECT, text="    a = '''\nb\n'''")
    assert subject.dedented == subject.text
    request = action_request("m", PERSONA, subject, 4096, ActionInput(), prefill=True)
    assert request is not None and request.prefill == "```python\n    "


def test_an_answer_that_goes_round_in_circles_is_seen() -> None:
    assert repeats("a\n" + "    assert f(1)\n" * LOOP)
    assert not repeats("    assert f(1)\n" * (LOOP - 1))
    assert not repeats("".join(f"    assert f({number})\n" for number in range(20)))
    assert not repeats("}\n" * 20)


def test_the_files_head_ends_where_the_subject_begins() -> None:
    text = "package a\n\nimport b\n\nfunc f() {\n}\n"
    assert head_of(text, replace(SUBJECT, span=Span(4, 6))) == "package a\n\nimport b"
    assert head_of("x\n" * 99, replace(SUBJECT, span=Span(90, 91))).count("\n") == HEAD_LINES - 1
