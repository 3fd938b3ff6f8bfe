"""A quote finds its place, or none."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postil.core.review.anchor import anchor
from postil.core.review.finding import Span

TEXT = """\
def total(items):
    result = 0
    for item in items:
        result += item.price * item.count

    return result / len(items)


def mean(rows):
    if not rows:
        return 0
    return sum(rows) / (len(rows) - 1)


class A:
    def close(self):
        self.file.close()
        return 0
    x = other.path.joins(names) + 1
    y = other.path.join(names) - 1
"""
CODE = TEXT.splitlines()


@pytest.mark.parametrize(
    ("quote", "first", "last", "how"),
    [
        ("    result = 0", 1, 2, "exact"),
        ("result = 0", 1, 2, "whitespace"),
        ("    for item in items:\n        result += item.price * item.count", 2, 4, "exact"),
        ("for item in items:\nresult += item.price * item.count", 2, 4, "whitespace"),
        ("result += item.price*item.count", 3, 4, "whitespace"),
        ("len(rows) - 1", 11, 12, "exact"),
        ("4|         result += item.price * item.count", 3, 4, "exact"),
        ("3| for item in items:\n4|     result += item.price * item.count", 2, 4, "whitespace"),
        ("```python\n    result = 0\n```", 1, 2, "exact"),
        ("result += item.price * item.count\nreturn result / len(items)", 3, 6, "whitespace"),
        ("return result /\n    len(items)", 5, 6, "whitespace"),
        ("result += item.prices * item.count", 3, 4, "fuzzy"),
        ("    retrun sum(rows) / (len(rows) - 1)", 11, 12, "fuzzy"),
        ("self.file.close( )", 16, 17, "whitespace"),
    ],
)
def test_found(quote: str, first: int, last: int, how: str) -> None:
    place = anchor(quote, CODE)
    assert place is not None
    assert (place.span, place.how) == (Span(first, last), how)


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "\n\n",
        "```",
        "return 0",
        "items",
        "rows",
        "raise ValueError(name)",
        "0",
        "12|",
        "x" * 5000,
        "\n".join(CODE * 10),
        "other.path.join(names) + 1",
    ],
)
def test_nowhere_or_anywhere_is_no_place(quote: str) -> None:
    assert anchor(quote, CODE) is None


def test_near_decides_between_equal_places_unless_it_is_between_them() -> None:
    assert anchor("return 0", CODE, near=12) == anchor("return 0", CODE[:12])
    late = anchor("return 0", CODE, near=16)
    assert late is not None and late.span == Span(17, 18)
    assert anchor("x = 1", ["x = 1", "y", "x = 1"], near=1) is None


def test_a_part_of_a_line_says_which() -> None:
    place = anchor("len(rows) - 1", CODE)
    assert place is not None and place.columns is not None
    assert CODE[11][slice(*place.columns)] == "len(rows) - 1"
    whole = anchor(CODE[11], CODE)
    assert whole is not None and whole.columns is None


def test_a_number_that_is_code_is_kept() -> None:
    assert anchor('1: "one",', ["x = {", '    1: "one",', '    2: "one",', "}"]) is not None
    place = anchor('2: "one",', ["x = {", '    1: "one",', '    2: "one",', "}"])
    assert place is not None and place.span == Span(2, 3)


@given(st.lists(st.text(st.sampled_from("abc ()=.\t"), max_size=20), max_size=30), st.data())
def test_a_line_that_stands_once_is_found_there(lines: list[str], data: st.DataObject) -> None:
    assume(lines)
    row = data.draw(st.integers(0, len(lines) - 1))
    bare = ["".join(line.split()) for line in lines]
    assume(bare[row] and bare.count(bare[row]) == 1)
    place = anchor(lines[row], lines)
    assert place is not None and place.span == Span(row, row + 1) and place.how == "exact"


@given(st.text(), st.lists(st.text()), st.none() | st.integers())
def test_any_quote_of_any_text_gives_lines_of_it_or_none(quote: str, lines: list[str], near: int | None) -> None:
    place = anchor(quote, lines, near)
    if place is not None:
        assert 0 <= place.span.first < place.span.last <= len(lines)
        assert 85 <= place.score <= 100
        assert any(line.strip() for line in lines[place.span.first : place.span.last])
