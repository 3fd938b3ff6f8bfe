"""Comments that say "not here": read where they are comments, added where they change nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.finding import Span
from postil.core.suppression.comments import MAX_REASON, ignore_file, ignore_here, ignored
from postil.core.syntax.tree import error_count, same_code
from postil.core.text.edits import apply
from postil.core.text.positions import split_lines

CASES = tomllib.loads(Path(__file__).with_name("ignores.toml").read_text(encoding="utf-8"))
CODE = st.lists(
    st.sampled_from(
        [
            "a = 1",
            "def f(b):",
            "    return b",
            "    '''text",
            "'''",
            "x = [",
            "    1,",
            "]",
            "if a: \\",
            "@f",
            "# c",
            "",
        ]
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("case", CASES["said"], ids=lambda case: case["name"])
def test_what_comments_say(case: dict[str, Any]) -> None:
    found = ignored(case["text"], case.get("language", "python"))
    lines = range(len(split_lines(case["text"])))
    if case.get("everywhere"):
        assert all(found.hides("reviewer", Span(line, line + 1)) for line in lines)
        assert not found.hides("security", Span(0, 1))
    else:
        assert [line for line in lines if found.hides("reviewer", Span(line, line + 1))] == case["lines"]


@pytest.mark.parametrize("case", CASES["added"], ids=lambda case: case["name"])
def test_comments_that_are_added(case: dict[str, Any]) -> None:
    before, language = case["before"], case.get("language", "python")
    if case.get("file"):
        edit = ignore_file(before, language, "reviewer", "known")
    else:
        edit = ignore_here(before, language, case["line"], "reviewer", "known")
    assert (None if edit is None else apply(before, [edit])) == case.get("after")


@given(CODE, st.sampled_from(["\n", "\r\n"]), st.data(), st.text(max_size=300))
def test_an_added_comment_hides_the_line_and_changes_nothing_else(
    lines: list[str], newline: str, data: st.DataObject, reason: str
) -> None:
    text = newline.join(lines)
    line = data.draw(st.integers(0, len(lines) - 1))
    edit = ignore_here(text, "python", line, "reviewer", reason)
    if edit is None:
        return
    after = apply(text, [edit])
    moved = line + ("\n" in edit.new)
    assert ignored(after, "python").hides("reviewer", Span(moved, moved + 1))
    assert same_code(text, after, "python", docstrings=True)
    assert (error_count(after, "python") or 0) <= (error_count(text, "python") or 0)
    assert len(edit.new) < MAX_REASON + 100
    # Nothing that stood there is gone.
    assert edit.start == edit.end


@given(st.text(st.sampled_from("postil: ignore[]-file#/*\n \r'\"ab,"), max_size=80))
def test_any_text_can_be_asked(text: str) -> None:
    ignored(text, "python")
    ignored(text, "javascript")
