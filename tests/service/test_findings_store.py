"""Findings under edits: against a model in which every line of the document is a thing of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postil.core.review.finding import Finding, Fix, Severity, Span
from postil.core.syntax.units import Unit
from postil.core.text.edits import LineEdit
from postil.service.review.findings import FindingsStore

URI, WHO = "file:///a.py", "reviewer"


def unit_of(lines: list[str], first: int, last: int) -> Unit:
    return Unit("function", f"u{first}", "python", first, last, "\n".join(lines[first:last]))


def finding_of(unit: Unit, row: int, message: str = "m") -> Finding:
    """A finding of one line of a unit."""
    old = unit.lines[row]
    span = Span(row, row + 1)
    return Finding(WHO, "edit", unit.digest, span, old, message, Severity.WARNING, 0.9, Fix(span, old, old + "!"))


@dataclass(eq=False, slots=True)
class Line:
    """A line by identity: an edited line is another one."""

    text: str
    note: bool = False


@dataclass(slots=True)
class Page:
    """The model: the document as its lines, and the units as stretches of them."""

    lines: list[Line] = field(default_factory=list)

    def edit(self, edit: LineEdit, fresh: list[str]) -> None:
        self.lines[edit.first : edit.last] = [Line(text) for text in fresh]

    def texts(self) -> list[str]:
        return [line.text for line in self.lines]

    def noted(self) -> list[int]:
        return [number for number, line in enumerate(self.lines) if line.note]


def shown(store: FindingsStore) -> list[int]:
    return [placed.span.first for placed in store.of(URI)]


@st.composite
def edits(draw: st.DrawFn, count: int) -> tuple[LineEdit, list[str]]:
    first = draw(st.integers(0, count))
    last = draw(st.integers(first, min(count, first + 3)))
    fresh = draw(st.lists(st.sampled_from("xyz"), max_size=3))
    return LineEdit(first, last, len(fresh)), fresh


@pytest.mark.slow
@given(st.data())
@settings(max_examples=300)
def test_notes_go_where_their_lines_go(data: st.DataObject) -> None:
    texts = [
        f"{draw}{number}"
        for number, draw in enumerate(data.draw(st.lists(st.sampled_from("ab"), min_size=4, max_size=16)))
    ]
    page = Page([Line(text) for text in texts])
    store = FindingsStore()
    store.open(URI)
    generation = store.begin(URI)
    borders = sorted({0, len(texts), *data.draw(st.lists(st.integers(0, len(texts)), max_size=3))})
    units = [unit_of(texts, first, last) for first, last in itertools.pairwise(borders)]
    waiting = [
        (unit, row) for unit in units for row in data.draw(st.sets(st.integers(0, len(unit.lines) - 1), max_size=2))
    ]
    whole = {unit.digest: page.lines[unit.first_line : unit.last_line] for unit in units}
    planned = False
    broken: set[str] = set()
    for _ in range(data.draw(st.integers(1, 8))):
        step = data.draw(st.sampled_from(["edit", "accept", "plan"]))
        if step == "plan" and not planned:
            planned = store.replan(URI, generation, WHO, units)
            assert planned
        elif step == "accept" and waiting and planned:
            unit, row = waiting.pop()
            stands = unit.digest not in broken
            assert store.accept(URI, WHO, finding_of(unit, row)) == stands
            whole[unit.digest][row].note = stands or whole[unit.digest][row].note
        elif step == "edit":
            edit, fresh = data.draw(edits(len(page.lines)))
            before = page.noted()
            page.edit(edit, fresh)
            broken |= {digest for digest, lines in whole.items() if not _stands(page, lines)}
            assert store.edit(URI, [edit]) == (before != page.noted())
        assert shown(store) == page.noted()


def _stands(page: Page, lines: list[Line]) -> bool:
    """Whether a unit's lines are all there, one after another."""
    places = [number for number, line in enumerate(page.lines) if line is lines[0]]
    there = page.lines[places[0] : places[0] + len(lines)] if places else []
    return len(there) == len(lines) and all(a is b for a, b in zip(there, lines, strict=True))


def opened(text: str, *borders: tuple[int, int]) -> tuple[FindingsStore, list[Unit]]:
    lines = text.split("\n")
    store = FindingsStore()
    store.open(URI)
    units = [unit_of(lines, first, last) for first, last in borders]
    plan(store, units)
    return store, units


def plan(store: FindingsStore, units: list[Unit], only: list[Span] | None = None) -> None:
    generation = store.begin(URI)
    assert store.replan(URI, generation, WHO, units, only)


def test_a_new_plan_puts_notes_where_their_units_stand_now() -> None:
    store, (first, second) = opened("a\nb\nc\nd", (0, 2), (2, 4))
    assert store.accept(URI, WHO, finding_of(first, 1)) and store.accept(URI, WHO, finding_of(second, 0))
    assert shown(store) == [1, 2]
    # Both moved without an edit that was told (another program wrote the file), and the second changed.
    lines = ["x", "a", "b", "c", "e"]
    changed = unit_of(lines, 3, 5)
    plan(store, [unit_of(lines, 1, 3), changed])
    assert shown(store) == [2]
    assert not store.accept(URI, WHO, finding_of(second, 0)), "a unit that is gone"
    assert store.accept(URI, WHO, finding_of(changed, 1))
    plan(store, [unit_of([*"xxxxxxxxxx", "a", "b"], 10, 12)])
    assert shown(store) == [11]


def test_equal_units_have_a_note_each_and_one_less_when_one_goes() -> None:
    store, units = opened("a\nb\na\nb", (0, 2), (2, 4))
    assert units[0].digest == units[1].digest
    store.accept(URI, WHO, finding_of(units[0], 1))
    assert shown(store) == [1, 3]
    store.edit(URI, [LineEdit(0, 2, 0)])
    assert shown(store) == [1]
    plan(store, [unit_of(["a", "b"], 0, 2)])
    assert store.accept(URI, WHO, finding_of(units[0], 1))
    assert shown(store) == [1]


def test_a_sentence_grows_though_another_line_of_the_unit_was_edited() -> None:
    store, (unit,) = opened("a\nb\nc", (0, 3))
    early = replace(finding_of(unit, 0, "half"), streaming=True)
    store.accept(URI, WHO, early)
    store.edit(URI, [LineEdit(2, 3, 1)])
    assert store.accept(URI, WHO, replace(early, message="whole", streaming=False))
    assert [placed.finding.message for placed in store.of(URI)] == ["whole"]
    assert not store.accept(URI, WHO, finding_of(unit, 1)), "a new note about code that was edited"
    store.edit(URI, [LineEdit(0, 1, 1)])
    assert not store.accept(URI, WHO, early) and shown(store) == []


def test_a_stale_plan_is_refused() -> None:
    store, (unit,) = opened("a\nb", (0, 2))
    old = store.begin(URI)
    store.begin(URI)
    assert not store.replan(URI, old, WHO, [unit])
    store.close(URI)
    assert not store.replan(URI, old, WHO, [unit])
    assert not store.accept(URI, WHO, finding_of(unit, 0))
    assert not store.edit(URI, [LineEdit(0, 1, 1)])


def test_a_plan_of_some_lines_leaves_the_rest() -> None:
    store, (first, second) = opened("a\nb\nc\nd", (0, 2), (2, 4))
    store.accept(URI, WHO, finding_of(first, 1))
    store.accept(URI, WHO, finding_of(second, 1))
    changed = unit_of(["a", "b", "C", "d"], 2, 4)
    store.edit(URI, [LineEdit(2, 3, 1)])
    assert shown(store) == [1, 3]
    plan(store, [changed], [Span(2, 4)])
    assert shown(store) == [1], "what was said of the lines' old unit goes"
    assert store.accept(URI, WHO, finding_of(changed, 0)) and store.accept(URI, WHO, finding_of(first, 0))
    assert shown(store) == [0, 1, 2]


def test_where_the_client_finds_a_moved_fix() -> None:
    store, (unit,) = opened("a\nb", (0, 2))
    finding = finding_of(unit, 1)
    store.accept(URI, WHO, finding)
    assert store.moved(finding.id, 1) == 0
    store.edit(URI, [LineEdit(0, 0, 5)])
    assert store.moved(finding.id, 1) == 5
    assert store.moved(finding.id, 6) == 0
    assert store.moved("another", 1) is None


@pytest.mark.parametrize(("who", "left"), [(None, 0), (WHO, 0), ("another", 1)])
def test_clear(who: str | None, left: int) -> None:
    store, (unit,) = opened("a\nb", (0, 2))
    store.accept(URI, WHO, finding_of(unit, 1))
    store.clear(URI, who)
    assert len(store.of(URI)) == left


def test_only_a_document_that_was_reviewed_is_watched() -> None:
    store = FindingsStore()
    store.open(URI)
    assert not store.watched(URI) and URI in store
    store.begin(URI)
    assert store.watched(URI) and not store.watched("file:///b.py")
