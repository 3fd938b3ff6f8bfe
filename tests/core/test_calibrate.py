"""Which threshold follows from a model's readings, what that is worth, and what of a history is a fix."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postil.core.calibrate.choose import LEAST_FIXES, Choice, choose, rates
from postil.core.calibrate.drawing import drawing
from postil.core.calibrate.fixes import changed_functions, mended, speaks_of_fix
from postil.core.calibrate.readings import METHODS, Half, Method, NoteAt, Reading, Sample
from postil.core.text.changed import changed_rows


def reading(*notes: tuple[int, float], method: Method = "edit") -> Reading:
    return Reading({method: tuple(NoteAt(row, row + 1, score) for row, score in notes)}, {"edit": 2.0, "list": 4.0})


def fix(number: int, half: Half, before: Reading, after: Reading) -> Sample:
    return Sample(key=f"fix {number}", half=half, lines=20, before=before, after=after, wrong=(5,))


def quiet(number: int, half: Half, after: Reading, lines: int = 100) -> Sample:
    return Sample(key=f"quiet {number}", half=half, lines=lines, after=after)


def history(hit: float, alarm: float | None, noise: tuple[float, ...] = (), fixes: int = 20) -> list[Sample]:
    """In each half: fixes of which each is found with the score `hit` and each mended function noted with `alarm`, and
    1,000 lines of quiet code with these notes."""
    found: list[Sample] = []
    halves: tuple[Half, ...] = ("chooses", "reports")
    for half in halves:
        after = reading((5, alarm)) if alarm is not None else reading()
        found += [fix(number, half, reading((5, hit)), after) for number in range(fixes)]
        found += [
            quiet(number, half, reading((1, noise[number])) if number < len(noise) else reading())
            for number in range(10)
        ]
    return found


def chosen(samples: list[Sample], noise: float = 1.0) -> Choice:
    return choose(samples, METHODS, noise)


def test_the_least_threshold_with_little_noise_is_chosen() -> None:
    choice = chosen(history(0.9, None, noise=(0.3, 0.5, 0.7)))
    # One note in 1,000 lines is allowed: that of .7 stays.
    assert (choice.method, choice.min_score, choice.why_not) == ("edit", 0.7, "")
    assert (choice.held.detection, choice.held.false_alarm, choice.held.j, choice.held.noise) == (1.0, 0.0, 1.0, 1.0)
    assert chosen(history(0.9, None, noise=(0.3, 0.5, 0.7)), 3.0).min_score == 0.0
    assert chosen(history(0.9, None, noise=(0.3, 0.5, 0.7)), 0.0).min_score == 0.9


def test_notes_that_are_everywhere_are_worth_nothing() -> None:
    """The control: a model that finds fault with mended code as with faulty code."""
    choice = chosen(history(0.9, 0.9))
    assert choice.held.detection == choice.held.false_alarm == 1.0
    assert "don't tell faulty from mended code" in choice.why_not


def test_a_model_that_says_nothing_is_worth_nothing() -> None:
    assert "don't tell" in chosen([*history(0.2, None, noise=(0.3, 0.3))]).why_not


def test_too_few_fixes_are_told() -> None:
    assert chosen(history(0.9, None, fixes=LEAST_FIXES - 1)).why_not == "too few fixes: 9 in one half, 10 are needed"
    assert chosen([]).why_not.startswith("too few fixes: 0")


def test_the_better_method_is_chosen_if_it_is_quiet() -> None:
    def both(half: Half, number: int) -> Sample:
        listed: dict[Method, tuple[NoteAt, ...]] = {"edit": (), "list": (NoteAt(5, 6, 1.0),)}
        return fix(number, half, Reading(listed, {}), reading())

    halves: tuple[Half, ...] = ("chooses", "reports")
    samples = [both(half, number) for half in halves for number in range(15)]
    good = [quiet(number, half, reading()) for half in halves for number in range(10)]
    assert chosen([*samples, *good]).method == "list"
    noisy = [quiet(number, half, reading((1, 1.0), method="list")) for half in halves for number in range(10)]
    choice = chosen([*samples, *noisy])
    assert (choice.method, choice.held.detection) == ("edit", 0.0)


def test_a_note_beside_the_wrong_line_counts_and_one_further_away_does_not() -> None:
    def detected(row: int) -> float:
        return rates([fix(0, "reports", reading((row, 0.5)), reading())], "edit", 0.0).detection

    assert [detected(row) for row in (3, 4, 5, 6, 7)] == [0, 1, 1, 1, 0]


# Each draws 2,000 times.
@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), max_size=30), st.floats(0, 5))
def test_any_readings_have_a_choice(rows: list[tuple[float, float, bool]], noise: float) -> None:
    samples = [
        fix(number, "chooses" if half else "reports", reading((5, hit)), reading((1, alarm)))
        for number, (hit, alarm, half) in enumerate(rows)
    ]
    samples += [quiet(number, "chooses", reading((1, hit))) for number, (hit, _, _) in enumerate(rows)]
    choice = choose(samples, METHODS, noise)
    assert 0 <= choice.min_score <= 1
    low, high = choice.held.j_interval
    assert low <= high
    assert (choice.chose.noise or 0.0) <= noise + 1e-9


def test_the_picture_has_the_figures_and_the_chosen_point() -> None:
    samples = history(0.9, None, noise=(0.3, 0.7))
    drawn = drawing(samples, chosen(samples), "m <on> here")
    assert "m &lt;on&gt; here" in drawn and "20 past fixes and 1000 lines of quiet code" in drawn
    assert 'fill="#c33"><title>min_score 0.70' in drawn


@pytest.mark.parametrize(
    ("subject", "body", "speaks"),
    [
        ("Fix the rounding of totals", "", True),
        ("fixed #12: crash on empty input", "", True),
        ("修复空指针", "", True),
        ("Handle empty lists", "Fixes #34.", True),
        ("Close the pool", "Closes #34.", False),
        ("Fix a typo in the docs", "", False),
        ("Fix lint", "", False),
        ("Add an option", "", False),
        ("Prefix the keys", "", False),
    ],
)
def test_which_messages_speak_of_a_fix(subject: str, body: str, speaks: bool) -> None:
    assert speaks_of_fix(subject, body) is speaks


ONE = "def one(a):\n    return a + 1\n\n\ndef two(a):\n    return a + 2\n"


def test_the_one_function_that_a_fix_has_changed() -> None:
    found = mended(changed_functions(ONE, ONE.replace("a + 2", "a - 2"), "python"))
    assert found is not None and (found.before.name, found.rows) == ("two", {1})
    # Comments and white space aside, nothing has changed.
    assert changed_functions(ONE, ONE.replace("a + 2", "a + 2  # twice"), "python") == []
    both = changed_functions(ONE, ONE.replace("a +", "a -"), "python")
    assert len(both) == 2 and mended(both) is None
    assert mended(changed_functions(ONE, ONE.replace("    return a + 2", "    x = 1\n" * 9), "python")) is None


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        ("a\nb\nc", "a\nx\nc", {1}),
        ("a\nb\nc", "a\nb\nc", set[int]()),
        ("a\nb\nc", "a\nc", {0, 1}),
        ("", "a\nb", {0, 1}),
        ("a\r\nb", "a\nb", set[int]()),
        ("a\nc", "a\nb\nc\nd", {1, 3}),
    ],
)
def test_the_lines_that_differ(before: str, after: str, rows: set[int]) -> None:
    assert changed_rows(before, after) == rows


def test_files_that_are_too_long_are_not_compared() -> None:
    assert changed_rows("a\n" * 30_000, "b") is None
