"""Chunks of a file: no row twice, none lost that says something, the same text again after an edit elsewhere."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from postil.core.context.analysis import analyse
from postil.core.context.chunks import MOST, chunk_words, chunks

LINES = st.lists(
    st.sampled_from(["", "    ", "def one():", "    return two", "# three", "}", "x = 1", "	four"]), max_size=120
)


@given(LINES, st.data())
def test_every_row_with_a_word_is_in_one_chunk(lines: list[str], data: st.DataObject) -> None:
    begins = data.draw(st.sets(st.integers(0, max(len(lines) - 1, 0))))
    found = chunks(lines, begins)
    rows = [row for chunk in found for row in range(chunk.first, chunk.last)]
    assert len(rows) == len(set(rows)) and rows == sorted(rows)
    left = set(range(len(lines))) - set(rows)
    assert not [row for row in left if chunk_words(lines[row])]
    for chunk in found:
        assert 0 < chunk.last - chunk.first <= MOST
        assert chunk.words == chunk_words("\n".join(lines[chunk.first : chunk.last]))
        assert lines[chunk.first].strip() and lines[chunk.last - 1].strip()


def test_a_chunk_begins_with_the_comment_above_a_definition() -> None:
    text = (
        "".join(f"value_{number} = {number}\n" for number in range(8))
        + "\n# About it.\n@wrapped\ndef it():\n    pass\n"
    )
    assert [chunk.first for chunk in analyse(text, "python").chunks] == [0, 9]


def test_an_edit_leaves_the_other_chunks_alone() -> None:
    """Their vectors and their rows in the database are kept."""
    functions = [
        f"def number_{n}(first, second):\n"
        + "".join(f"    total_{n} += first * {k}\n" for k in range(n % 13 + 2))
        + "\n\n"
        for n in range(60)
    ]
    before = {chunk.digest for chunk in analyse("".join(functions), "python").chunks}
    chance = random.Random(1)
    for _ in range(20):
        edited = list(functions)
        edited[chance.randrange(60)] += "def new(given):\n    return given\n\n\n"
        after = {chunk.digest for chunk in analyse("".join(edited), "python").chunks}
        assert len(after - before) <= 6


def test_a_minified_file_is_one_chunk_with_few_words() -> None:
    (chunk,) = chunks(["var alpha=1;" * 100_000], set())
    assert len(chunk.words) <= 12_000
