"""The pieces of other files before an infill: which fit, in which order, and for how long they stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postil.core.completion.context import Context, fitting, wanted
from postil.core.request import Snippet


def test_the_lines_around_the_cursor_are_asked_for() -> None:
    before = "\n".join(f"above {number}" for number in range(50)) + "\nhere("
    after = ")\n" + "\n".join(f"below {number}" for number in range(50))
    text = wanted(before, after)
    assert "above 39" in text and "here()" in text and "below 6" in text
    assert "above 38" not in text and "below 7" not in text


def test_they_stay_while_the_cursor_is_near() -> None:
    context = Context("file:///a.py", 100)
    assert context.holds("file:///a.py", 139) and context.holds("file:///a.py", 61)
    assert not context.holds("file:///a.py", 140) and not context.holds("file:///b.py", 100)


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=20)), max_size=6), st.integers(0, 80))
def test_the_best_ones_that_fit_end_with_the_best(pairs: list[tuple[str, str]], chars: int) -> None:
    found = [Snippet(path, text) for path, text in pairs]
    kept = fitting(found, chars)
    assert list(reversed(kept)) == found[: len(kept)]
    assert sum(len(one.path) + len(one.text) for one in kept) <= chars
    if len(kept) < len(found):
        more = found[len(kept)]
        assert sum(len(one.path) + len(one.text) for one in (*kept, more)) > chars
