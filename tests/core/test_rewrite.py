"""The rewrite against its unit: in any pieces, the first difference that is back in step, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.checks import invalid_reason
from postil.core.review.finding import Span
from postil.core.review.profile import UNMEASURED, profiles
from postil.core.review.rewrite import Hunk, Rewrite, applied
from postil.core.syntax.units import Unit

CODE = '''def total(prices, tax=0.2):
    """Sum of the prices with tax."""
    # begin with nothing
    result = 0
    for price in prices:
        if price < 0:
            raise ValueError("negative price")
        result += price  # gross

    if result > 1000:
        result *= 0.95
    return result * (1 + tax)'''
LINES = CODE.split("\n")
HEAD = 2
UNIT = Unit("function", "total", "python", 0, len(LINES), CODE, HEAD)
BODY = "\n".join(LINES[HEAD:])


MEASURED = profiles()["qwen2.5-coder-1.5b"]


def fed(body: str, cuts: list[int] | None = None, *, complete: bool = True, unit: Unit = UNIT) -> Rewrite:
    """A rewrite fed with `body` cut at these places."""
    rewrite = Rewrite(unit, MEASURED)
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts or [])})
    for start, end in pairwise(places):
        rewrite.feed(body[start:end])
    rewrite.finish(complete=complete)
    return rewrite


def changed(row: int, *new: str) -> str:
    return "\n".join((*LINES[HEAD:row], *new, *LINES[row + 1 :]))


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_a_copy_is_no_difference(cuts: list[int]) -> None:
    assert fed(BODY, cuts).hunk is None
    assert fed(BODY + "\n```\nHere the sum is right.", cuts).hunk is None


@given(st.sampled_from([3, 4, 5, 7, 9, 10, 11]), st.lists(st.integers(0, 10_000), max_size=20))
def test_a_changed_line_is_the_hunk_however_it_is_cut(row: int, cuts: list[int]) -> None:
    new = LINES[row].replace("result", "amount").replace("price", "cost")
    hunk = fed(changed(row, new), cuts).hunk
    assert hunk is not None
    assert (hunk.span, hunk.new) == (Span(row, row + 1), (new,)) or hunk.new[0].strip() == new.split("  #")[0].strip()
    assert applied(UNIT, hunk).split("\n")[row].split("  #")[0] == new.split("  #")[0]


def test_the_hunk_is_settled_two_lines_behind_the_change() -> None:
    rewrite = Rewrite(UNIT, MEASURED)
    pieces = [line + "\n" for line in changed(5, "        if price <= 0:").split("\n")]
    settled = [rewrite.feed(piece) is not None for piece in pieces]
    assert settled.index(True) == 5 - HEAD + 2
    before = rewrite.hunk
    rewrite.feed("anything = else\n" * 5)
    assert rewrite.hunk is before and rewrite.finish() is before


@given(st.lists(st.integers(0, 10_000), max_size=8))
def test_dropped_comments_and_blank_lines_are_no_difference(cuts: list[int]) -> None:
    bare = [line.split("  #")[0] for line in LINES[HEAD:] if line.strip() and not line.strip().startswith("#")]
    assert fed("\n".join(bare), cuts).hunk is None


def test_a_remark_of_the_models_own_is_no_part_of_the_fix() -> None:
    hunk = fed(changed(3, "    result = 0.0  # Fixed: a float")).hunk
    assert hunk is not None and hunk.new == ("    result = 0.0",)


def test_an_inserted_line() -> None:
    hunk = fed(changed(9, "    result = round(result, 2)", LINES[9])).hunk
    assert hunk is not None
    assert hunk.span.first == hunk.span.last and hunk.old == () and hunk.new == ("    result = round(result, 2)",)


def test_a_dropped_line() -> None:
    hunk = fed("\n".join(LINES[HEAD:10] + LINES[11:])).hunk
    assert hunk is not None and hunk.new == () and any("0.95" in line for line in hunk.old)


def test_what_the_limit_cut_off_is_no_deletion() -> None:
    assert fed("\n".join(LINES[HEAD:8]), complete=False).hunk is None
    assert fed("\n".join(LINES[HEAD:8])).hunk is not None


def test_the_offset_is_where_the_first_changed_piece_begins() -> None:
    rewrite = Rewrite(UNIT, MEASURED)
    for piece in ("    # begin with nothing\n", "    result", " =", " 0", ".5", "\n", "\n".join(LINES[4:])):
        rewrite.feed(piece)
    rewrite.finish()
    assert rewrite.hunk is not None
    assert CODE[: rewrite.hunk.offset].endswith("    result = 0")


@given(st.text(max_size=300), st.lists(st.integers(0, 1000), max_size=5))
def test_any_text_is_taken(text: str, cuts: list[int]) -> None:
    hunk = fed(text, cuts).hunk
    if hunk is not None:
        assert 0 <= hunk.span.first <= hunk.span.last <= len(LINES)
        assert hunk.old == tuple(LINES[hunk.span.first : hunk.span.last])
        invalid_reason(UNIT, hunk, MEASURED)


def refused(row: int, *new: str, last: int | None = None) -> str | None:
    span = Span(row, row + 1 if last is None else last)
    return invalid_reason(UNIT, Hunk(span, tuple(LINES[span.first : span.last]), new), MEASURED)


def test_what_is_no_finding() -> None:
    assert refused(6, "            raise ValueError('negative price')") == "same code"
    assert refused(5, "        if price < 0") == "syntax error"
    assert refused(3, *["    result = 0"] * 20) == "runaway"
    assert refused(5, "        if price <= 0:") is None
    assert refused(6, '            raise ValueError("caf\ufffd")') == "broken characters"


def test_a_fix_may_remove_words_and_replace_several_lines() -> None:
    assert refused(11, "    return result * tax") is None
    assert refused(10, "    if result > 999:", "        result *= 0.9", last=12) is None
    assert refused(3, *["    result = 0"] * 13) == "runaway"


def test_a_defect_of_the_head_is_seen_by_a_model_that_rewrites_it() -> None:
    whole = Rewrite(UNIT, profiles()[UNMEASURED])
    assert whole.first == 0
    for line in (LINES[0].replace("(", "(extra, ", 1), *LINES[1:]):
        whole.feed(line + "\n")
    assert whole.hunk is not None and whole.hunk.span == Span(0, 1)
    assert Rewrite(UNIT, MEASURED).first == HEAD


def test_a_rewrite_may_begin_behind_any_line() -> None:
    rewrite = Rewrite(UNIT, MEASURED, 8)
    rewrite.feed("\n    if result >= 1000:\n        result *= 0.95\n    return result * (1 + tax)")
    rewrite.finish()
    assert rewrite.hunk is not None
    assert (rewrite.hunk.span, rewrite.hunk.new) == (Span(9, 10), ("    if result >= 1000:",))
    assert rewrite.text.startswith("\n".join(LINES[:8]))


FENCED = Unit(
    "function",
    "page",
    "python",
    0,
    9,
    "def page(code):\n    text = '''\n```python\n%s\n```\n'''\n    count = len(code)\n    return text % code, count",
    1,
)


@given(st.lists(st.integers(0, 1000), max_size=10))
def test_a_function_with_fences_in_it_is_copied_to_its_end(cuts: list[int]) -> None:
    """A symptom: nothing behind a line ``` was read."""
    body = FENCED.text.partition("\n")[2]
    assert fed(body, cuts, unit=FENCED).hunk is None
    assert fed(f"{body}\n````\nAll is well.\n", cuts, unit=FENCED).hunk is None
    assert fed(f"{body}\n```\nAll is well.\n", cuts, unit=FENCED).hunk is None
    hunk = fed(body.replace("count = len", "count = 1 + len"), cuts, unit=FENCED).hunk
    assert hunk is not None
    assert (hunk.span, hunk.new) == (Span(6, 7), ("    count = 1 + len(code)",))


@pytest.mark.parametrize(
    "end", ["", "\n```", "\n```\n", "\n```\nAll is well.\n", "\n````", "\n```text\nAll is well.\n"]
)
def test_small_models_close_with_three_backticks_whatever_they_opened_with(end: str) -> None:
    body = FENCED.text.partition("\n")[2]
    hunk = fed(body.replace("% code, count", "% count") + end, unit=FENCED).hunk
    assert hunk is not None
    assert (hunk.span, hunk.new) == (Span(7, 8), ("    return text % count",))


def anew(answer: str, cuts: list[int] | None = None, start: int | None = None, *, complete: bool = True) -> Rewrite:
    """A rewrite whose answer begins anew, fed with `answer` cut at these places."""
    rewrite = Rewrite(UNIT, MEASURED, start)
    rewrite.feed("what came before\nis no part of it\n")
    rewrite.begin_anew()
    places = sorted({0, len(answer), *(cut % (len(answer) + 1) for cut in cuts or [])})
    for begin, end in pairwise(places):
        rewrite.feed(answer[begin:end])
    rewrite.finish(complete=complete)
    return rewrite


PROSE = "Here is the corrected function:\n\n"


@given(
    st.sampled_from(["", "```python\n", "```\n", "\n```py\n", PROSE, f"{PROSE}```python\n", "~~~\n```\n"]),
    st.sampled_from(["", "\n```", "\n```\nThe sum is right now.\n"]),
    st.lists(st.integers(0, 10_000), max_size=20),
)
def test_an_answer_that_begins_anew_is_read_from_the_first_line(opened: str, closed: str, cuts: list[int]) -> None:
    """A symptom: the opening fence was taken for the closing one, and the note said "remove it"."""
    if closed and "```" not in opened:
        closed = ""
    assert anew(opened + CODE + closed, cuts).hunk is None
    rewrite = anew(opened + CODE.replace("price < 0", "price <= 0") + closed, cuts)
    assert rewrite.hunk is not None
    assert (rewrite.hunk.span, rewrite.hunk.new) == (Span(5, 6), ("        if price <= 0:",))
    assert CODE[: rewrite.hunk.offset].count("\n") == 5
    assert rewrite.text.startswith(LINES[0])


def test_a_change_in_the_first_line_is_found_when_the_answer_begins_anew() -> None:
    for opened in ("```python\n", ""):
        hunk = anew(opened + CODE.replace("tax=0.2", "tax=0.19")).hunk
        assert hunk is not None
        assert (hunk.span, hunk.old) == (Span(0, 1), (LINES[0],))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "I see no defect in this code.",
        "The total of the prices, with tax=0.2.",
        f"{PROSE}I can't.\n",
        "```",
        "```python\n",
        "\n\n",
    ],
)
@pytest.mark.parametrize("complete", [True, False])
def test_prose_instead_of_code_is_no_deletion_when_the_answer_begins_anew(said: str, complete: bool) -> None:
    rewrite = anew(said, complete=complete)
    assert rewrite.hunk is None
    assert not rewrite.answered


def test_a_rewrite_from_a_later_line_begins_anew_at_the_first() -> None:
    hunk = anew("```python\n" + CODE.replace("price < 0", "price <= 0"), start=8).hunk
    assert hunk is not None and hunk.span == Span(5, 6)


def test_an_answer_that_repeats_only_its_fence_goes_on_behind_the_head() -> None:
    """A symptom: "def total(prices, tax=0.2): → remove it"."""
    for body, found in ((BODY, False), (BODY.replace("result = 0", "result = 1"), True)):
        rewrite = Rewrite(UNIT, MEASURED)
        rewrite.begin_anew()
        rewrite.feed(f"```python\n{body}\n```\n")
        rewrite.finish()
        assert (rewrite.hunk is not None) == found
        assert rewrite.hunk is None or rewrite.hunk.new == ("    result = 1",)
