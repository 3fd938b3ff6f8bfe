"""Which functions a failing test runs: what runners tell, and the order that follows."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.finding import Span
from postil.core.syntax.split import split_units
from postil.core.verify.places import Place
from postil.core.verify.reports.executed import (
    Executed,
    executed_by,
    known_path,
    read_functions,
    read_go_profile,
)
from postil.core.verify.runners import go_coverage
from postil.core.verify.suspects import find_suspects

CODE = """\
def outer(items):
    return inner(items)


def inner(items):
    return sum(items)


def other():
    return 1
"""


def told(test: str, *functions: tuple[str, int]) -> str:
    return json.dumps({"test": test, "functions": functions}) + "\n"


def test_functions_are_read_by_test() -> None:
    text = (
        told("a", ("/w/a.py", 1), ("/w/a.py", 5)) + "{no json\n" + told("b", ("/w/a.py", 1)) + told("a", ("/w/b.py", 9))
    )
    assert read_functions(text) == {
        "a": (Place("/w/a.py", 0), Place("/w/a.py", 4), Place("/w/b.py", 8)),
        "b": (Place("/w/a.py", 0),),
    }


@given(st.text())
def test_what_cannot_be_read_is_left_out(text: str) -> None:
    assert set(read_functions(text + "\n" + told("a", ("/w/a.py", 1)))) >= {"a"}
    assert all(one.place.line >= 0 for one in read_go_profile(text))


def test_what_the_fewest_passing_tests_run_comes_first() -> None:
    one, two, three = (Place("a.py", line) for line in (0, 4, 8))
    runs = {"bad": (one, two), "good": (one,), "better": (one, three), "unknown": ()}
    assert executed_by("bad", runs, ["good", "better", "not told"]) == (Executed(two, 0), Executed(one, 2))
    assert executed_by("not told", runs, ["good"]) == ()


def test_a_suspect_that_nothing_names_is_found_by_what_is_run() -> None:
    files = {"a.py": split_units(CODE, "python")}
    ran = (Executed(Place("a.py", 4), 0), Executed(Place("a.py", 0), 2))
    found = find_suspects(files, [], {}, "other and outer", ran)
    assert [(one.unit.name, one.reason) for one in found] == [
        ("inner", "the failing test runs it, and no test that passes does"),
        ("outer", "the failing test runs it, and so do 2 tests that pass"),
        ("other", "the failing test names it"),
    ]
    without = find_suspects(files, [], {}, "other and outer")
    assert [one.unit.name for one in without] == ["other", "outer", "inner"], "the control"


def test_changes_elsewhere_come_behind_what_the_test_names() -> None:
    many = "\n\n".join(f"def helper_{number}():\n    return {number}\n" for number in range(9))
    files = {"a.py": split_units(CODE, "python"), "b.py": split_units(many, "python")}
    changed = {"a.py": [Span(5, 6)], "b.py": [Span(0, 99)]}
    found = find_suspects(files, [], changed, "test_it calls outer")
    # `outer` uses `inner`, which was changed.
    assert [one.unit.name for one in found[:3]] == ["inner", "outer", "helper_0"]


def test_gos_profile() -> None:
    text = "mode: set\nexample.com/shop/cart/cart.go:5.30,7.2 2 1\nexample.com/shop/cart/cart.go:9.20,11.2 1 0\nno\n"
    (one,) = read_go_profile(text)
    assert one == Executed(Place("example.com/shop/cart/cart.go", 4))
    assert known_path(one.place.path, {"cart/cart.go", "cart.go"}) == "cart/cart.go"
    assert known_path("example.com/shop/x.go", {"cart.go"}) is None


def test_one_test_of_go_is_run_for_its_coverage() -> None:
    command = go_coverage("cd cart && go test ./...", "example.com/shop.v2/cart.TestTotal/of_1.5", "/tmp/c.out")
    assert command == ("cd cart && go test -count=1 -run '^TestTotal$' -coverpkg=./... -coverprofile=/tmp/c.out ./...")
    assert go_coverage("python -m pytest", "tests/test_a.py::test_a", "c") is None
    assert go_coverage("go test ./...", "example.com/shop/cart", "c") is None
