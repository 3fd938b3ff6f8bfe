"""Answers that begin anew instead of continuing the beginning of their request: told apart, in any pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.anew import Anew
from postil.core.request import ChatRequest, Message

CODE = "def area(width, height):\n    return width * height"
BODY = "    return width * height\n"
ASKED = f"```python\n{CODE}\n```\n\nRewrite it."
BEGUN = "```python\ndef area(width, height):\n"


def read(
    answer: str, cuts: list[int] | None = None, begun: str = BEGUN, asked: str = ASKED, *, continued: bool = False
) -> tuple[str, bool]:
    """The text of the answer, and whether it began anew."""
    watch = Anew(ChatRequest("m", (Message("user", asked),), begun), continued=continued)
    text, found = "", False
    places = sorted({0, len(answer), *(cut % (len(answer) + 1) for cut in cuts or [])})
    pieces = [answer[start:end] for start, end in pairwise(places)]
    for piece in [*pieces, ""]:
        decided, anew = watch.feed(piece, last=piece == "")
        text, found = (decided, True) if anew else (text + decided, found)
    return text, found


CUTS = st.lists(st.integers(0, 10_000), max_size=20)
STARTED_OVER = [
    f"```python\n{CODE}\n```",
    f"```py\n{CODE}\n```\nDone.",
    f"```\n{CODE}\n```",
    f"\n\n```\n\n{CODE}\n```",
    f"{CODE}\n",
    f"\n{CODE}",
    "```\ndef area(width, height, depth):\n    return width * height * depth\n```",
    "```python\nsomething = else\n```",
]


@given(st.sampled_from(STARTED_OVER), CUTS)
def test_an_answer_that_starts_over_begins_anew(answer: str, cuts: list[int]) -> None:
    text, anew = read(answer, cuts)
    assert anew
    assert text == answer.lstrip("\n")


@given(st.sampled_from(["```python\n", "```\n"]), CUTS)
def test_prose_before_the_fence_is_no_part_of_the_answer(fence: str, cuts: list[int]) -> None:
    answer = f"Sure! Here is the corrected code:\n\n{fence}{CODE}\n```\nIt is right now.\n"
    text, anew = read(answer, cuts)
    assert anew
    assert text.startswith(f"{fence}{CODE}")


CONTINUED = [
    BODY,
    f"{BODY}```",
    f"{BODY}```\n\nThe area is width times height.\n",
    "```\n",
    "```",
    "```\nI have changed nothing in this function.\n",
    "",
    "\n\n",
    "    ",
    f'    """As in\n\n    `area(1, 2)`"""\n{BODY}',
    "Nothing is wrong here.",
]


@given(st.sampled_from(CONTINUED), CUTS, st.booleans())
def test_a_continued_answer_is_passed_on_whole(answer: str, cuts: list[int], continued: bool) -> None:
    assert read(answer, cuts, continued=continued) == (answer, False)


@given(st.text(alphabet="`\n a#def", max_size=60), CUTS, st.booleans())
def test_no_text_is_lost(answer: str, cuts: list[int], continued: bool) -> None:
    text, anew = read(answer, cuts, continued=continued)
    assert answer.endswith(text) if anew else text == answer


def test_a_line_is_passed_on_as_soon_as_it_is_no_beginning() -> None:
    watch = Anew(ChatRequest("m", (Message("user", ASKED),), BEGUN), continued=False)
    assert watch.feed("    ", last=False) == ("", False)
    assert watch.feed("re", last=False) == ("    re", False)
    assert watch.feed("turn", last=False) == ("turn", False)


def test_a_model_that_continues_may_repeat_the_fence_at_once_and_nothing_else_counts() -> None:
    assert read(f"```python\n{CODE}", continued=True)[1]
    assert not read(CODE, continued=True)[1]
    assert not read(f"{BODY}\n```python\n{CODE}", continued=True)[1]
    assert not read(f"```\n{CODE}", continued=True)[1]


def test_a_fence_inside_of_the_code_is_no_beginning() -> None:
    code = "def page():\n    text = '''\n```python\nx = 1\n```\n'''\n    return text"
    asked, begun = f"````python\n{code}\n````\n\nRewrite it.", "````python\ndef page():\n"
    rest = code.partition("\n")[2]
    assert read(rest, begun=begun, asked=asked) == (rest, False)
    assert read(f"````python\n{code}\n````", begun=begun, asked=asked)[1]
    assert read(f"```python\n{code}\n```", begun=begun, asked=asked)[1]


@pytest.mark.parametrize("begun", ["", "Well", "{", "```python"])
def test_only_a_beginning_that_opens_a_fence_is_watched(begun: str) -> None:
    assert read(f"```python\n{CODE}", begun=begun) == (f"```python\n{CODE}", False)


def test_code_without_a_head_is_continued_by_its_first_line() -> None:
    asked, begun = "```python\nimport os\nprint(os)\n```\n\nRewrite it.", "```python\n"
    assert read("import os\nprint(os)", begun=begun, asked=asked) == ("import os\nprint(os)", False)
    assert read("```\nimport os\n```", begun=begun, asked=asked)[1]
    assert read("```python\nimport os\n```", begun=begun, asked=asked)[1]
