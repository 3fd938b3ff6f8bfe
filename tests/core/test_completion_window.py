"""The window that an infill sees: anchored, and short behind the cursor."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from postil.core.completion.window import window

LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60), max_size=120)
MOST = 400


def test_everything_when_it_fits() -> None:
    seen = window("a = 1\nb = ", "\nc = 3\n", 1000, 100)
    assert (seen.prefix, seen.suffix, seen.indent) == ("a = 1\nb = ", "\nc = 3\n", "")


def test_the_last_space_of_an_empty_line_is_left_to_the_model() -> None:
    seen = window("def f():\n    ", "\n", 1000, 100)
    assert (seen.prefix, seen.indent) == ("def f():\n   ", " ")
    assert window("def f():\n", "\n", 1000, 100).indent == ""


def test_an_answer_that_goes_on_without_the_last_space_gets_it() -> None:
    seen = window("def f():\n    ", "\n", 1000, 100)
    assert seen.whole(" pass") == seen.whole("pass") == " pass"
    assert seen.whole("\n    pass") == " "
    assert window("x", "", 1000, 100).whole("\ny") == "\ny"


def test_the_start_stays_while_one_types_and_moves_in_big_steps() -> None:
    text = "".join(f"line {number:03} of a long file\n" for number in range(200))
    starts = []
    for end in range(2000, 4000):
        seen = window(text[:end], "", MOST, 0)
        starts.append(end - len(seen.indent) - len(seen.prefix))
    assert starts == sorted(starts)
    moves = [(before, after) for before, after in itertools.pairwise(starts) if before != after]
    assert 2000 // MOST <= len(moves) <= 2 * 2000 // MOST + 1
    assert all(text[start - 1] == "\n" for start in starts if start)


@given(LINES, LINES, st.integers(1, 600), st.integers(0, 300))
def test_a_window_is_a_piece_of_the_text_around_the_cursor(
    above: list[str], below: list[str], prefix_chars: int, suffix_chars: int
) -> None:
    before, after = "\n".join(above), "\n".join(below)
    seen = window(before, after, prefix_chars, suffix_chars)
    assert before.endswith(seen.prefix + seen.indent)
    assert after.startswith(seen.suffix)
    assert len(seen.prefix) <= prefix_chars and len(seen.suffix) <= suffix_chars
    assert not seen.indent.strip(" \t")


@given(LINES, st.integers(50, 400))
def test_one_more_character_never_moves_the_start_back(above: list[str], most: int) -> None:
    before = "\n".join(above) + "x"
    start, later = (len(text) - len(window(text, "", most, 0).prefix) for text in (before, before + "x"))
    assert 0 <= start <= later
