"""A check with several failing tests: each is mended in what was mended before."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.verify.fixing import Fixing, copies, project
from tests.verify.test_command import Scripted, run, script, top

from postil.engine.base import EngineUnavailable
from postil.service.review.context import ReviewContext
from postil.service.verify.events import Complained, Ended
from postil.service.verify.every import find_fixes

__all__ = ["script", "top"]

CODE = """\
def total(items):
    return sum(items[1:])


def most(items):
    return min(items)


def first(items):
    return items[1]
"""
TESTS = """\
import unittest
from cart import first, most, total


class CartTest(unittest.TestCase):
    def test_first(self):
        self.assertEqual(first([1, 3]), 1)

    def test_most(self):
        self.assertEqual(most([1, 3]), 3)

    def test_total(self):
        self.assertEqual(total([1, 3]), 4)
"""
FIRST, MOST, TOTAL = ("    return items[0]\n```", "    return max(items)\n```", "    return sum(items)\n```")
UNITTEST = "python3 -m unittest"


async def every(fixing: Fixing, **more: float) -> Ended:
    async with aclosing(find_fixes(fixing.request(UNITTEST, **more), fixing.context)) as events:
        async for event in events:
            fixing.events.append(event)
    end = fixing.events[-1]
    assert isinstance(end, Ended) and len(fixing.of(Ended)) == 1
    return end


async def test_each_failing_test_is_mended_in_what_was_mended_before(tmp_path: Path) -> None:
    found = project(tmp_path, {"cart.py": CODE, "test_cart.py": TESTS})
    fixing = Fixing(tmp_path, found, FIRST, MOST, TOTAL)
    end = await every(fixing, samples=1)
    assert (end.ending, end.words, end.failed) == ("fixed", "3 of 3 failing tests are fixed", ())
    assert [one.fixed.patch.unit.name for one in end.fixes] == ["first", "most", "total"]
    assert [one.fixed.verdict.words for one in end.fixes] == [
        "the failing test passes, 2 others still fail as before",
        "the failing test passes, 1 other still fails as before",
        "all 3 tests pass",
    ]
    (change,) = end.changes
    assert change.original.decode() == CODE == (found / "cart.py").read_text(encoding="utf-8")
    assert change.new.decode() == CODE.replace("[1:]", "").replace("min", "max").replace("items[1]", "items[0]")
    assert change.difference.count("\n-    return") == 3
    # A fix, and nothing else, is asked for each: three answers, and no run once all tests pass.
    assert end.cost.answers == 3 and copies() == []


async def test_a_test_that_went_with_the_fix_of_another_is_no_failure(tmp_path: Path) -> None:
    tests = TESTS.partition("    def test_most")[0].replace("first", "total").replace("[1, 3]), 1", "[1, 3]), 4")
    tests += "    def test_whole(self):\n        self.assertEqual(total([2, 3]), 5)\n"
    found = project(tmp_path, {"cart.py": CODE, "test_cart.py": tests.replace(", most, total", "")})
    fixing = Fixing(tmp_path, found, "    return 7\n```", TOTAL)
    end = await every(fixing, samples=1)
    assert len(fixing.of(Complained)) == 2, "the first wasn't mended by itself"
    assert (end.ending, end.words, end.failed) == ("fixed", "all 2 tests pass", ())


async def test_one_that_is_not_mended_does_not_keep_the_others_from_it(tmp_path: Path) -> None:
    found = project(tmp_path, {"cart.py": CODE, "test_cart.py": TESTS})
    fixing = Fixing(tmp_path, found, "    return 7\n```", MOST, TOTAL)
    end = await every(fixing, samples=1)
    assert (end.ending, end.words) == ("partly", "2 of 3 failing tests are fixed")
    assert end.failed == ("test_first (test_cart.CartTest.test_first)",)
    assert [one.complaint.test.partition(" ")[0] for one in fixing.of(Complained)] == [
        "test_first",
        "test_most",
        "test_total",
    ]
    assert "items[1]" in end.changes[0].new.decode() and "max(items)" in end.changes[0].new.decode()


async def test_when_none_is_mended_the_first_is_told(tmp_path: Path) -> None:
    found = project(tmp_path, {"cart.py": CODE, "test_cart.py": TESTS})
    end = await every(Fixing(tmp_path, found), samples=1)
    assert (end.ending, end.fixes, end.changes) == ("unfixed", (), ())
    assert end.words.startswith(("None of 1 candidates", "No candidate"))


def test_all_of_them_are_one_difference(script: Scripted, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (top / "shop/cart.py").write_text(CODE, encoding="utf-8")
    (top / "test_shop.py").write_text(TESTS.replace("from cart", "from shop.cart"), encoding="utf-8")
    script.answers = (FIRST, MOST, "    return 7\n```")
    result = run("--check", "python3 -m unittest test_shop", "--apply", "-n", "1")
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("2 of 3 failing tests are fixed\n  ")
    assert "by shop/cart.py: first: the failing test passes, 2 others still fail as before" in result.stdout
    assert "\n  not fixed: " in result.stdout and "\n-    return min(items)\n" in result.stdout
    written = (top / "shop/cart.py").read_text(encoding="utf-8")
    assert written == CODE.replace("min", "max").replace("items[1]", "items[0]")


async def test_what_is_proved_stays_when_a_later_round_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine went away, the time was up for a check: the fixes before it were lost."""
    found = project(tmp_path, {"cart.py": CODE, "test_cart.py": TESTS})
    fixing, opened = Fixing(tmp_path, found, FIRST, MOST, TOTAL), [0]
    whole = fixing.context

    async def context() -> ReviewContext:
        opened[0] += 1
        if opened[0] > 1:
            raise EngineUnavailable("Nobody answers. Start it.")
        return await whole()

    monkeypatch.setattr(fixing, "context", context)
    end = await every(fixing, samples=1)
    assert end.ending == "partly"
    assert end.words == "1 of 3 failing tests are fixed, then it ended early: Nobody answers. Start it."
    assert [one.partition(" ")[0] for one in end.failed] == ["test_most", "test_total"]
    assert end.changes[0].new.decode() == CODE.replace("items[1]", "items[0]")
    # Without any it is the failure of the command.
    with pytest.raises(EngineUnavailable):
        await every(fixing, samples=1)


def test_the_sarif_of_two_fixes_in_a_file_is_of_the_file_as_it_is(script: Scripted, top: Path) -> None:
    (top / "shop/cart.py").write_text(CODE, encoding="utf-8")
    (top / "test_shop.py").write_text(TESTS.replace("from cart", "from shop.cart"), encoding="utf-8")
    script.answers = (FIRST, MOST, TOTAL)
    result = run("--check", "python3 -m unittest test_shop", "--format", "sarif", "-n", "1")
    results = json.loads(result.stdout)["runs"][0]["results"]
    assert len(results) == 3
    for one in results:
        (change,) = one["fixes"][0]["artifactChanges"]
        lines = CODE.split("\n")
        for each in change["replacements"]:
            assert 1 <= each["deletedRegion"]["startLine"] <= len(lines)
        assert sum(len(each["insertedContent"]["text"].strip().split("\n")) for each in change["replacements"]) >= 3
