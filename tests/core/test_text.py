"""Lines and columns, in each of LSP's encodings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.text.positions import (
    LineIndex,
    Position,
    PositionEncoding,
    from_column,
    line_span,
    split_lines,
    to_column,
    units_of,
)

ENCODINGS: tuple[PositionEncoding, ...] = ("utf-8", "utf-16", "utf-32")
# Line ends of all kinds, wide characters, combining ones, and what Python's splitlines would split at.
TEXTS = st.text(st.sampled_from("ab\n\r\té中😀\u0301\u2028\x0b\x0c\x85\ud800\udc00")) | st.text()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("\r\r\n\n", ["", "", "", ""]),
        ("a\u2028b\x0cc\x85d", ["a\u2028b\x0cc\x85d"]),
    ],
)
def test_lines_end_where_lsp_says(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines
    assert LineIndex(text).lines() == lines


@given(TEXTS)
def test_every_offset_outside_a_line_end_is_a_position_and_back(text: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        place = index.position(offset)
        inside = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        assert index.offset(place) == (offset - 1 if inside else offset)
        assert 0 <= place.line < len(index)
        assert 0 <= place.character <= len(index.line(place.line))


@given(TEXTS, st.integers(-3, 50), st.integers(-3, 50))
def test_places_outside_are_clamped(text: str, line: int, character: int) -> None:
    index = LineIndex(text)
    offset = index.offset(Position(line, character))
    assert 0 <= offset <= len(text)
    if line >= len(index):
        assert offset == len(text)
    elif line >= 0 and character >= len(index.line(line)):
        assert index.position(offset) == Position(line, len(index.line(line)))


@given(TEXTS, st.sampled_from(ENCODINGS))
def test_columns_round_trip_in_each_encoding(text: str, encoding: PositionEncoding) -> None:
    line = text.replace("\n", "").replace("\r", "")
    for column in range(len(line) + 1):
        assert to_column(line, from_column(line, column, encoding), encoding) == column
    assert to_column(line, 10_000_000, encoding) == len(line)
    assert to_column(line, -1, encoding) == 0


@given(st.text())
def test_lengths_are_those_of_the_codecs(text: str) -> None:
    assert units_of(text, "utf-16") == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert units_of(text, "utf-8") == len(text.encode("utf-8", "surrogatepass"))


def test_a_column_inside_a_character_is_its_start() -> None:
    assert [to_column("a😀b", units, "utf-16") for units in range(5)] == [0, 1, 1, 2, 3]
    assert [to_column("aéb", units, "utf-8") for units in range(5)] == [0, 1, 1, 2, 3]


@given(TEXTS, st.integers(0, 12))
def test_one_line_is_found_as_in_the_index(text: str, number: int) -> None:
    index = LineIndex(text)
    start, end = line_span(text, number)
    assert start == index.offset(Position(number, 0))
    assert text[start:end] == index.line(number)
