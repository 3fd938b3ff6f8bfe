"""A fix as an edit: the smallest one, nothing else touched, and only where the file is in order after it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.finding import Fix, Span
from postil.core.review.quick_fixes import fix_all, fix_edit, syntax_regression
from postil.core.text.edits import TextEdit, apply
from postil.core.text.positions import split_lines

FIXES = tomllib.loads(Path(__file__).with_name("fixes.toml").read_text(encoding="utf-8"))["fix"]
LINE = st.text(st.sampled_from("ab 😀\t="), max_size=6)
NEWLINE = st.sampled_from(["\n", "\r\n", "\r"])


def fix_of(case: dict[str, Any]) -> Fix:
    first, last = case["span"]
    old = case.get("old", "\n".join(split_lines(case["before"])[first:last]))
    return Fix(Span(first, last), old, case["new"])


@pytest.mark.parametrize("case", FIXES, ids=lambda case: case["name"])
def test_fixes(case: dict[str, Any]) -> None:
    before, language = case["before"], case.get("language", "python")
    edit = fix_edit(before, fix_of(case))
    offered = edit is not None and syntax_regression(before, apply(before, [edit]), language) is None
    assert offered is not case.get("refused", False)
    if offered:
        assert edit is not None
        assert (apply(before, [edit]), edit.new) == (case["after"], case["edit"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, Fix]:
    """A text and a fix of some of its lines."""
    lines = draw(st.lists(LINE, min_size=1, max_size=8))
    text = draw(NEWLINE).join(lines)
    lines = split_lines(text)
    first = draw(st.integers(0, len(lines)))
    last = draw(st.integers(first, len(lines)))
    new = "\n".join(draw(st.lists(LINE, max_size=3)))
    return text, Fix(Span(first, last), "\n".join(lines[first:last]), new)


@given(documents())
def test_only_the_fixs_lines_change_and_undo_is_the_identity(given_: tuple[str, Fix]) -> None:
    text, fix = given_
    edit = fix_edit(text, fix)
    lines = split_lines(text)
    wanted = [*lines[: fix.span.first], *(fix.new.split("\n") if fix.new else []), *lines[fix.span.last :]]
    if edit is None:
        assert wanted in (lines, [], lines[:-1] if lines[-1:] == [""] else None) or "\n".join(wanted) == "\n".join(
            lines
        )
        return
    after = apply(text, [edit])
    assert split_lines(after) == (wanted or [""])
    undo = TextEdit(edit.start, edit.start + len(edit.new), text[edit.start : edit.end])
    assert apply(after, [undo]) == text


@given(documents(), st.data())
def test_edits_of_many_fixes_never_overlap(given_: tuple[str, Fix], data: st.DataObject) -> None:
    text, fix = given_
    lines = split_lines(text)
    fixes = [fix]
    for _ in range(3):
        first = data.draw(st.integers(0, len(lines)))
        last = data.draw(st.integers(first, len(lines)))
        fixes.append(Fix(Span(first, last), "\n".join(lines[first:last]), data.draw(LINE)))
    apply(text, fix_all(text, fixes, "plaintext"))


def test_all_fixes_leave_out_what_would_not_go_together() -> None:
    text = "def f(a):\n    return a\n\n\ndef g(b):\n    return b\n"
    good = Fix(Span(1, 2), "    return a", "    return -a")
    again = Fix(Span(1, 2), "    return a", "    return +a")
    broken = Fix(Span(5, 6), "    return b", "    return (b")
    edits = fix_all(text, [broken, again, good], "python")
    assert apply(text, edits) == text.replace("return a", "return +a")
