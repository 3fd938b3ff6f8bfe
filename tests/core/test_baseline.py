"""A dismissed note is known again by its code, wherever it has gone, and no other note is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.finding import Finding, Fix, Severity, Span
from postil.core.suppression.baseline import Baseline, Dismissal, Surroundings, dismissal, read, written

TEXT = """import os

def total(values):
    result = 0
    for value in values:
        result -= value
    return result
"""


def finding(quote: str, persona: str = "reviewer") -> Finding:
    fix = Fix(Span(3, 4), quote, "        result += value")
    return Finding(persona, "edit", "digest", Span(3, 4), quote, "It goes down.", Severity.ERROR, 0.9, fix)


def place(text: str = TEXT, path: str = "a.py", unit: str = "total") -> Surroundings:
    lines = text.split("\n")
    line = next(number for number, code in enumerate(lines) if "result -=" in code or "result  -=" in code)
    return Surroundings(path, "python", unit, lines, Span(line, line + 1))


def hidden(where: Surroundings, persona: str = "reviewer") -> bool:
    known = Baseline((dismissal(finding("        result -= value"), place(), "it is a debt", "2026-11-24"),))
    return known.hides(finding(where.lines[where.span.first], persona), where)


@pytest.mark.parametrize(
    "where",
    [
        place(),
        place("# above\n\nx = 1\n" + TEXT),
        place(path="renamed.py"),
        place(unit="amount", text=TEXT.replace("total", "amount")),
        place(TEXT.replace("for value in values:", "for value in sorted(values):")),
        place(TEXT.replace("        result -= value", "        # why\n        result  -=  value  # so")),
        place("class A:\n" + "\n".join("    " + line for line in TEXT.split("\n"))),
        place(TEXT, path="b.py", unit="total"),
    ],
    ids=["itself", "edits above", "file", "unit", "neighbour", "comments and spaces", "indented", "moved"],
)
def test_it_is_known_again(where: Surroundings) -> None:
    assert hidden(where)


@pytest.mark.parametrize(
    "where",
    [
        place(TEXT.replace("-= value", "-= value * 2")),
        place(path="b.py", unit="other"),
        place(TEXT.replace("return result", "return -result"), unit="other"),
        place(TEXT.replace("return result", "return -result"), path="b.py"),
    ],
    ids=["other code", "elsewhere", "other unit and lines around", "other file and lines around"],
)
def test_another_note_is_not_taken_for_it(where: Surroundings) -> None:
    assert not hidden(where)


def test_another_personas_note_is_not_taken_for_it() -> None:
    assert not hidden(place(), "security")


def test_a_comment_is_known_by_its_words() -> None:
    where = Surroundings("a.py", "python", "f", ["# one"], Span(0, 1))
    known = Baseline((dismissal(finding("# one"), where),))
    assert known.hides(finding("# one"), where)
    assert not known.hides(finding("# two"), where)


WORDS = st.text(max_size=8)
DISMISSALS = st.builds(
    Dismissal, persona=WORDS, path=WORDS, unit=WORDS, code=WORDS, digest=WORDS, around=WORDS, why=WORDS, on=WORDS
)


@given(st.lists(DISMISSALS, max_size=5))
def test_what_is_written_is_read(given_: list[Dismissal]) -> None:
    text = written(Baseline(tuple(given_)))
    again, wrong = read(text.encode())
    assert wrong is None
    assert written(again) == text
    assert sorted(map(repr, again.dismissed)) == sorted(map(repr, given_))
    # One a line: branches merge, a difference is read.
    assert len(text.splitlines()) == (3 + 2 + len(given_) if given_ else 4) or "\x85" in text or "\u2028" in text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "Expected `object`"),
        (b"[]", "Expected `object`"),
        (b'{"version": 2, "dismissed": []}', "its version is 2"),
        (b'{"version": 1, "dismissed": [{"persona": 1}]}', "$.dismissed[0]"),
        (b'{"version": 1, "dismised": []}', "unknown field `dismised`"),
    ],
)
def test_a_broken_file_says_what_is_wrong(data: bytes, says: str) -> None:
    baseline, wrong = read(data)
    assert not baseline
    assert wrong is not None and says in wrong


def test_dismissed_again_takes_the_later_reason() -> None:
    first, later = (dismissal(finding("a"), place(), why) for why in ("one", "two"))
    assert [one.why for one in Baseline((first,)).having([later]).dismissed] == ["two"]


def test_the_newest_are_the_examples() -> None:
    notes = [dismissal(finding(f"a{day}"), place(), on=f"2026-01-0{day}") for day in (3, 1, 4, 2)] + [
        dismissal(finding("b", "security"), place(), on="2026-02-01")
    ]
    assert [one.code for one in Baseline(tuple(notes)).examples("reviewer", "python", 3)] == ["a4", "a3", "a2"]
    assert Baseline(tuple(notes)).examples("reviewer", "go", 3) == ()


def test_the_file_is_plain_json() -> None:
    data = json.loads(written(Baseline((dismissal(finding("größe"), place(), "gut so", "2026-11-24"),))))
    assert data["version"] == 1
    assert data["dismissed"][0]["code"] == "größe"
