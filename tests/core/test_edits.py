"""Edits of a text, and lines that move under them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postil.core.review.finding import Span
from postil.core.text.changed import differing
from postil.core.text.edits import TextEdit, apply, minimal, newline_of, shift_span
from postil.core.text.positions import LineIndex

TEXTS = st.text(st.sampled_from("ab \n\ré")) | st.text()


@given(TEXTS, TEXTS)
@example("a\r\nb", "a\nb")
@example("a\rb", "a\r\nb")
@example("a\nb", "a\r\nb")
@example("\r\n", "\r\r\n")
def test_the_minimal_edit_makes_the_new_text(old: str, new: str) -> None:
    edit = minimal(old, new)
    if edit is None:
        assert old == new
        return
    assert apply(old, [edit]) == new
    # A protocol position can say where it begins and ends: nothing inside a \r\n.
    index = LineIndex(old)
    assert index.offset(index.position(edit.start)) == edit.start
    assert index.offset(index.position(edit.end)) == edit.end


def test_the_minimal_edit_is_no_larger_than_the_difference() -> None:
    assert minimal("total = a - b\n", "total = a + b\n") == TextEdit(10, 11, "+")
    assert minimal("abc", "abbc") == TextEdit(2, 2, "b")
    assert minimal("aaa", "aa") == TextEdit(2, 3, "")
    assert minimal("\r\n", "\r\r\n") == TextEdit(0, 0, "\r")


FEW = st.sampled_from("ab")


@given(*2 * (st.lists(FEW, max_size=9),))
@example(["a"], [])
@example(["a", "a"], ["a"])
def test_head_and_tail_never_overlap_and_are_the_longest(old: list[str], new: list[str]) -> None:
    head, tail = differing(old, new)
    assert min(head, tail) >= 0 and head + tail <= min(len(old), len(new))
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    assert [*old[:head], *after, *old[len(old) - tail :]] == new
    assert [*new[:head], *before, *new[len(new) - tail :]] == old
    # What is left of both, if anything of both is, differs at either end.
    assert not (before and after) or (before[0] != after[0] and before[-1] != after[-1])
    assert differing("".join(old), "".join(new)) == (head, tail), "a text is a sequence, too"


def test_edits_apply_together_in_the_coordinates_of_the_text_before() -> None:
    assert apply("one two three", [TextEdit(8, 13, "3"), TextEdit(0, 3, "1"), TextEdit(3, 3, ",")]) == "1, two 3"


@pytest.mark.parametrize(
    "edits",
    [
        [TextEdit(0, 2, ""), TextEdit(1, 3, "")],
        [TextEdit(0, 4, "")],
        [TextEdit(-1, 1, "")],
        [TextEdit(2, 1, "")],
    ],
)
def test_edits_that_overlap_or_lie_outside_are_refused(edits: list[TextEdit]) -> None:
    with pytest.raises(ValueError, match="overlaps another or lies outside"):
        apply("abc", edits)


LINES = st.lists(st.sampled_from("abcde"), min_size=1, max_size=12)


@given(LINES, st.data())
def test_a_span_moves_with_its_lines_or_is_gone(lines: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(lines) - 1))
    span = Span(first, data.draw(st.integers(first + 1, len(lines))))
    start = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(start, len(lines)))
    inserted = data.draw(st.lists(st.just("new"), max_size=4))
    numbered = list(enumerate(lines))
    after = [*numbered[:start], *inserted, *numbered[end:]]
    moved = shift_span(span, start, end, len(inserted))
    own = numbered[span.first : span.last]
    if moved is None:
        torn = span.first < start < span.last and start == end
        assert torn or any(start <= row < end for row, _ in own)
    else:
        assert after[moved.first : moved.last] == own


@pytest.mark.parametrize(("text", "newline"), [("", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb\n", "\r"), ("a\nb\r\n", "\n")])
def test_the_first_line_end_is_the_documents(text: str, newline: str) -> None:
    assert newline_of(text) == newline
