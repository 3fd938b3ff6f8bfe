"""`postil fix` from the failing check to the verdict: a real pytest in real copies, the model is a script."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.reviewing import Watched
from tests.verify.fixing import (
    CODE,
    LONGER,
    LONGEST,
    PYTEST,
    RIGHT,
    TESTS,
    WRONG,
    Fixing,
    copies,
    project,
    running,
    tree,
)

from postil.engine.base import EngineUnavailable
from postil.engine.scripted import Rule
from postil.service.verify.events import (
    Answered,
    CheckEnded,
    CheckStarted,
    Complained,
    FixEvent,
    Suspected,
    SuspectPassed,
    SuspectStarted,
    Tried,
)
from postil.service.verify.look import Scope
from postil.service.verify.repair import find_fix
from postil.service.verify.trouble import CheckTrouble

NO_SUSPECT = "Nothing that the failure names is code that may be changed here: name the files that may be at fault."


async def test_the_first_candidate_that_holds_is_the_fix(tmp_path: Path) -> None:
    top = project(tmp_path)
    before = tree(top)
    fixing = Fixing(tmp_path, top, WRONG, RIGHT)
    end = await fixing.run()
    assert end.ending == "fixed" and end.fixed is not None
    assert end.fixed.verdict.words == end.words == "all 2 tests pass"
    assert end.fixed.patch.path == "shop/cart.py"
    assert end.fixed.new.decode() == CODE.replace("len(items) - 1", "len(items)")
    assert "-    for i in range(len(items) - 1):\n+    for i in range(len(items)):\n" in end.fixed.difference
    (complained,) = fixing.of(Complained)
    assert complained.complaint.test == "tests/test_cart.py::test_total"
    assert "assert 3 == 6" in complained.complaint.words
    (suspected,) = fixing.of(Suspected)
    assert suspected.suspects[0].unit.name == "total"
    assert [one.verdict.words for one in fixing.of(Tried)] == [
        "tests/test_cart.py::test_total still fails",
        "all 2 tests pass",
    ]
    assert end.cost.tried == 2 and end.cost.runs == 6
    # Nothing of the user's is changed, and nothing is left.
    assert tree(top) == before and copies() == []


async def test_the_smallest_change_of_those_that_hold_is_kept(tmp_path: Path) -> None:
    # Both are there when the first check begins.
    wrong = "    for i in range(len(items) - 1):"
    fixing = Fixing(tmp_path, project(tmp_path), LONGER, lines={wrong: wrong.replace(" - 1", "")})
    end = await fixing.run()
    assert end.fixed is not None and "len(items)):" in end.fixed.patch.text


async def test_what_a_fix_does_not_need_is_taken_back(tmp_path: Path) -> None:
    tidied = RIGHT.replace("result = 0", "result = 0 + 0").replace("return result", "return +result")
    fixing = Fixing(tmp_path, project(tmp_path), tidied)
    end = await fixing.run(samples=1)
    assert end.fixed is not None
    assert end.fixed.new.decode() == CODE.replace("len(items) - 1", "len(items)")
    # All of it, without the first and the last of its three places; not without the second.
    assert [one.verdict.holds for one in fixing.of(Tried)] == [True, True, False, True]
    assert {one.candidate.number for one in fixing.of(Tried)} == {1}


async def test_nothing_to_fix_needs_no_model(tmp_path: Path) -> None:
    right = {"shop/__init__.py": "", "shop/cart.py": CODE.replace(") - 1", ")"), "tests/test_cart.py": TESTS}
    fixing = Fixing(tmp_path, project(tmp_path, right))
    end = await fixing.run()
    assert (end.ending, end.words, fixing.opened) == ("nothing", "All 2 tests pass: there is nothing to fix", 0)


async def test_without_git_and_not_fixed(tmp_path: Path) -> None:
    top = project(tmp_path, git=False)
    before = tree(top)
    fixing = Fixing(tmp_path, top)
    end = await fixing.run()
    assert (end.ending, end.words) == ("unfixed", "None of 1 candidates passed the check. --samples asks for more.")
    assert {one.answer.why for one in fixing.of(Answered)} == {
        "wrote the same again",
        "changed nothing",
        "wrote code that doesn't parse",
    }
    assert end.cost.answers >= 4 and end.cost.usage.output_tokens > 0
    assert tree(top) == before


async def test_a_command_without_tests(tmp_path: Path) -> None:
    files = {
        "cart.py": CODE,
        "try.sh": "python3 -c 'import cart; assert cart.total([1, 2]) == 3, cart.total([1, 2])'\n",
    }
    top = project(tmp_path, files)
    fixing = Fixing(tmp_path, top, RIGHT)
    end = await fixing.run("sh try.sh")
    # The output names nothing, and neither does a test.
    assert (end.ending, end.words, fixing.opened) == ("unfixed", NO_SUSPECT, 0)
    fixing = Fixing(tmp_path, top, RIGHT)
    end = await fixing.run("sh try.sh", scope=Scope((top / "cart.py",)))
    assert (end.ending, end.words) == ("fixed", "the command succeeds")
    files["try.sh"] = "python3 try.py\n"
    files["try.py"] = "import cart\nassert cart.total([1, 2]) == 3\n"
    fixing = Fixing(tmp_path, project(tmp_path / "again", files), RIGHT)
    end = await fixing.run("sh try.sh")
    assert (end.ending, end.words) == ("fixed", "the command succeeds")


async def test_unittest_in_a_folder_below(tmp_path: Path) -> None:
    tests = "import unittest\nfrom cart import total\n\n\nclass Case(unittest.TestCase):\n    def test_total(self):\n"
    tests += "        self.assertEqual(total([1, 2]), 3)\n\n"
    tests += "    def test_none(self):\n        self.assertEqual(total([]), 0)\n"
    top = project(tmp_path, {"deep/cart.py": CODE, "deep/test_cart.py": tests})
    fixing = Fixing(tmp_path, top, RIGHT)
    end = await fixing.run(f"{sys.executable} -m unittest", folder=top / "deep")
    assert (end.ending, end.words) == ("fixed", "all 2 tests pass")


async def test_a_suspect_that_the_test_does_not_run_is_passed_over(tmp_path: Path) -> None:
    tests = TESTS.replace("== 6", "== 6, most")
    files = {"shop/__init__.py": "", "shop/cart.py": CODE, "tests/test_cart.py": tests, "pyproject.toml": ""}
    top = project(tmp_path, files)
    # `most` was changed, which makes it the first suspect.
    (top / "shop/cart.py").write_text(CODE.replace("max(items)", "max(items) + 0"), encoding="utf-8")
    fixing = Fixing(tmp_path, top, "    return 1\n```", RIGHT, RIGHT)
    # Without Postil's plugin nobody tells that the test doesn't run it.
    end = await fixing.run(f"PYTHONPATH=. {PYTEST}")
    assert [(one.suspect.unit.name, one.why) for one in fixing.of(SuspectPassed)] == [
        ("most", "the failing test doesn't run it")
    ]
    assert end.ending == "fixed"


async def test_the_answers_of_one_that_was_passed_over_are_left_for_the_others(tmp_path: Path) -> None:
    top = project(tmp_path)
    # A rewrite and a sweep of `total`, then of `most`, which the failing test doesn't run.
    fixing = Fixing(tmp_path, top, WRONG, "    return 1\n```", RIGHT)
    end = await fixing.run(samples=4)
    assert [one.suspect.unit.name for one in fixing.of(SuspectPassed)] == ["most"]
    assert [one.suspect.unit.name for one in fixing.of(SuspectStarted)] == ["total", "total"]
    assert end.ending == "fixed"


async def test_an_editable_installation_does_not_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its .pth file names the user's tree; here PYTHONPATH does, which is read even earlier."""
    files = {"src/shop/__init__.py": "", "src/shop/cart.py": CODE, "tests/test_cart.py": TESTS, "pyproject.toml": ""}
    top = project(tmp_path, files)
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(f"import site\nsite.addsitedir({str(site)!r})\n", encoding="utf-8")
    (site / "shop.pth").write_text(f"{top}/src\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(top / "src")]))
    end = await Fixing(tmp_path, top, RIGHT).run()
    assert (end.ending, end.words) == ("fixed", "all 2 tests pass")


async def test_a_check_that_runs_the_original_proves_nothing(tmp_path: Path) -> None:
    """The control: what no copy can turn round is found out."""
    top = project(tmp_path)
    (top / "tests/conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(top)!r})\n", encoding="utf-8")
    fixing = Fixing(tmp_path, top, RIGHT, RIGHT)
    end = await fixing.run()
    assert (end.ending, end.fixed) == ("unfixed", None)
    assert "prove nothing" in end.words
    passed = fixing.of(SuspectPassed)
    assert passed and all("another copy of the code" in one.why for one in passed)


async def test_a_flaky_check_is_told(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    tests = f"import pathlib\n\n\ndef test_total():\n    seen = pathlib.Path({str(seen)!r})\n    was = seen.exists()\n"
    tests += "    seen.touch()\n    assert was\n"
    fixing = Fixing(tmp_path, project(tmp_path, {"a.py": CODE, "tests/test_a.py": tests}))
    end = await fixing.run()
    assert end.ending == "flaky" and "passed when it was run again" in end.words and fixing.opened == 0


async def test_a_candidate_that_passes_only_once_is_refused(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    once = f"    import pathlib\n    seen = pathlib.Path({str(seen)!r})\n    if seen.exists():\n        return 0\n"
    once += "    seen.touch()\n    return sum(items)\n```"
    fixing = Fixing(tmp_path, project(tmp_path), once)
    end = await fixing.run(samples=1)
    assert end.ending == "unfixed"
    assert [one.verdict.words for one in fixing.of(Tried)] == [
        "it passed once, then tests/test_cart.py::test_total still fails"
    ]


async def test_a_candidate_that_loops_is_refused(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path), "    while True:\n        pass\n```", *[LONGEST] * 8)
    end = await fixing.run()
    assert [one.verdict.holds for one in fixing.of(Tried)] == [False, True]
    assert "didn't end within" in fixing.of(Tried)[0].verdict.words and end.ending == "fixed"


async def test_a_candidate_that_breaks_another_test_is_refused(tmp_path: Path) -> None:
    tests = TESTS + "\n\ndef test_none():\n    assert total([]) == 0\n"
    files = {"shop/__init__.py": "", "shop/cart.py": CODE, "tests/test_cart.py": tests}
    worse = (
        "    result = items[0]\n    for i in range(1, len(items)):\n        result += items[i]\n    return result\n```"
    )
    fixing = Fixing(tmp_path, project(tmp_path, files), worse, *[LONGEST] * 8)
    end = await fixing.run()
    assert [one.verdict.words for one in fixing.of(Tried)] == [
        "tests/test_cart.py::test_none began to fail",
        "all 3 tests pass",
    ]
    assert end.ending == "fixed"


async def test_the_next_question_tells_what_the_refused_answer_did(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path), *[WRONG.replace("= 1", f"= {number}") for number in range(5, 10)])
    await fixing.run()
    asked = [request.messages[-1].content for request in fixing.reviewing.engine.asked]
    (said,) = [text for text in asked if "This rewrite was tried and is wrong" in text]
    assert "test_total still fails:\n" in said and "E       assert" in said and str(copies()) not in said


async def test_tests_in_the_same_file_are_told_and_are_no_suspects(tmp_path: Path) -> None:
    """As `cargo test` tells them: the place of the failure is in the test, which is in the file itself."""
    rust = "pub fn sum(a: u32, b: u32) -> u32 {\n    a - b\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
    rust += "    #[test]\n    fn adds() {\n        assert_eq!(sum(3, 2), 5);\n    }\n}\n"
    told = "said = code if 'postil_control' in code else 'panicked at src/lib.rs:11:9'"
    script = f"import pathlib, sys\n\ncode = pathlib.Path('src/lib.rs').read_text()\n{told}\n"
    script += "if 'a + b' in code:\n    sys.exit(print('test tests::adds ... ok'))\n"
    script += (
        "print(f'test tests::adds ... FAILED\\n\\n---- tests::adds stdout ----\\n{said}\\n\\nfailures:')\nsys.exit(1)\n"
    )
    top = project(tmp_path, {"src/lib.rs": rust, "cargo.py": script})
    fixing = Fixing(tmp_path, top, "    a + b\n}\n```")
    end = await fixing.run(f"{sys.executable} cargo.py")
    (suspected,) = fixing.of(Suspected)
    assert [one.unit.name for one in suspected.suspects] == ["sum"]
    assert (end.ending, end.words) == ("fixed", "the failing test passes"), fixing.events
    assert "assert_eq!(sum(3, 2), 5);" in fixing.of(Complained)[0].complaint.told


async def test_a_suspect_that_the_model_copies_is_left_for_the_next(tmp_path: Path) -> None:
    """What the model takes for right is asked about again only when nothing else was found."""
    code = CODE + "\n\ndef doubled(items):\n    return [2 * item for item in items]\n"
    tests = "from shop.cart import doubled, total\n\n\ndef test_sum():\n    items = doubled([1, 2])\n"
    tests += "    assert total(items) == 6\n"
    files = {"shop/__init__.py": "", "shop/cart.py": code, "tests/test_cart.py": tests}
    copied = "    return [2 * item for item in items]\n```"
    fixing = Fixing(tmp_path, project(tmp_path, files), copied, RIGHT)
    end = await fixing.run()
    assert [one.suspect.unit.name for one in fixing.of(SuspectStarted)] == ["doubled", "total"]
    assert [one.answer.number for one in fixing.of(Answered) if one.suspect.unit.name == "doubled"] == [1, 2]
    assert end.ending == "fixed"
    assert [one.candidate.number for one in fixing.of(Tried) if one.verdict.holds] == [3]
    # Otherwise it gets the answers that are left.
    same = RIGHT.replace("len(items)", "len(items) - 1")
    fixing = Fixing(tmp_path / "again", project(tmp_path / "again", files), copied, same)
    end = await fixing.run(samples=5)
    started = [(one.suspect.unit.name, one.samples) for one in fixing.of(SuspectStarted)]
    assert started == [("doubled", 3), ("total", 3), ("doubled", 1)]
    assert (end.ending, end.cost.answers) == ("unfixed", 5)


async def test_a_model_that_copies_is_asked_without_what_it_copies(tmp_path: Path) -> None:
    same = RIGHT.replace("len(items)", "len(items) - 1")
    fixing = Fixing(tmp_path, project(tmp_path), *[same] * 20)
    await fixing.run()
    asked = ["untold", "lines", "told", "blank", "lines", "alone", "alone", "lines"]
    assert [one.answer.asked for one in fixing.of(Answered)] == asked


async def test_the_suspect_that_the_model_names_is_the_first(tmp_path: Path) -> None:
    code = CODE + "\n\ndef doubled(items):\n    return [2 * item for item in items]\n"
    tests = "from shop.cart import doubled, total\n\n\ndef test_sum():\n    items = doubled([1, 2])\n"
    tests += "    assert total(items) == 6\n"
    files = {"shop/__init__.py": "", "shop/cart.py": code, "tests/test_cart.py": tests}
    started = []
    for number, name in enumerate(("total", "nobody", "")):
        (tmp_path / name).mkdir(exist_ok=True)
        fixing = Fixing(tmp_path / name, project(tmp_path / str(number), files), RIGHT, which=name)
        end = await fixing.run()
        assert end.cost.usage.output_tokens > 0
        (suspected,) = fixing.of(Suspected)
        started.append([one.unit.name for one in suspected.suspects])
        named = [one.unit.name for one in suspected.suspects if one.reason.endswith("the model names it")]
        assert named == (["total"] if name == "total" else [])
    assert started == [["total", "doubled"], ["doubled", "total"], ["doubled", "total"]]


async def test_a_line_that_a_copying_model_writes_by_itself_is_the_fix(tmp_path: Path) -> None:
    same, wrong = RIGHT.replace("len(items)", "len(items) - 1"), "    for i in range(len(items) - 1):"
    tried = {"    result = 0": "    result = 1", wrong: wrong.replace(" - 1", "")}
    fixing = Fixing(tmp_path, project(tmp_path), same, lines=tried)
    end = await fixing.run()
    assert end.ending == "fixed" and end.fixed is not None and "range(len(items)):" in end.fixed.patch.text
    assert [(one.candidate.asked, one.candidate.number) for one in fixing.of(Tried)] == [("lines", 2), ("lines", 2)]
    assert end.cost.answers == 2


async def test_what_a_check_changes_is_put_back(tmp_path: Path) -> None:
    """A candidate, or a check, that edits the tests: the originals decide."""
    trick = "    test = open(__file__.replace('shop/cart', 'tests/test_cart'), 'w')\n"
    trick += "    test.write('def test_total(): pass\\n\\n\\ndef test_most(): pass\\n')\n    return 0\n```"
    top = project(tmp_path)
    before = tree(top)
    fixing = Fixing(tmp_path, top, trick, *[LONGEST] * 8)
    end = await fixing.run()
    assert [one.verdict.holds for one in fixing.of(Tried)] == [False, True]
    assert end.fixed is not None and "prices" in end.fixed.patch.text and tree(top) == before


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program", "the check can't be started"),
        (f"{sys.executable} -m pytest -q -k none_of_these", "the check runs no test"),
        ("sleep 600", "the check can't be used: it didn't end within 2 s"),
    ],
)
async def test_a_check_that_can_not_be_run(tmp_path: Path, command: str, words: str) -> None:
    with pytest.raises(CheckTrouble, match=words):
        await Fixing(tmp_path, project(tmp_path)).run(command, seconds=2 if "sleep" in command else 60)
    assert copies() == []


async def test_the_engine_may_go_away(tmp_path: Path) -> None:
    top = project(tmp_path)
    fixing = Fixing(tmp_path, top)
    fixing.reviewing.engine = Watched([Rule("", error="unavailable")], fixing.reviewing.journal)
    fixing.reviewing.context = replace(fixing.reviewing.context, engine=fixing.reviewing.engine)
    with pytest.raises(EngineUnavailable):
        await fixing.run()
    assert copies() == []


async def test_only_what_was_changed_is_suspected_with_a_revision(tmp_path: Path) -> None:
    top = project(tmp_path)
    (top / "shop/cart.py").write_text(CODE.replace("max(items)", "max(items) + 0"), encoding="utf-8")
    fixing = Fixing(tmp_path, top, RIGHT)
    end = await fixing.run(scope=Scope(rev="HEAD"))
    assert [one.unit.name for one in fixing.of(Suspected)[0].suspects] == ["most"] and end.ending == "unfixed"


@pytest.mark.parametrize("step", [CheckStarted, CheckEnded, Complained, SuspectStarted, Tried])
async def test_a_cancel_leaves_nothing(tmp_path: Path, step: type[FixEvent]) -> None:
    top = project(tmp_path, {"shop/__init__.py": "", "shop/cart.py": CODE, "tests/test_cart.py": TESTS})
    before = tree(top)
    fixing = Fixing(tmp_path, top, WRONG, after=0.01)
    word = f"from-{tmp_path.name}"
    # A child that leaves the group stays, if nobody looks for it.
    stays = f"{sys.executable} -c 'import os,time; os.setsid(); time.sleep(300)' {word} & "
    seen = asyncio.Event()

    async def look() -> None:
        async with aclosing(find_fix(fixing.request(stays + PYTEST), fixing.context)) as events:
            async for event in events:
                if isinstance(event, step):
                    seen.set()

    task = asyncio.create_task(look())
    await asyncio.wait_for(seen.wait(), 60)
    # Into what follows the event.
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert copies() == [] and tree(top) == before
    assert running(word) == []


async def test_code_that_can_not_be_loaded(tmp_path: Path) -> None:
    """A body that isn't run is no reason to pass it over when the file of tests can't even be imported."""
    code = CODE.replace("    result = 0\n", "    result = = 0\n", 1)
    files = {"shop/__init__.py": "", "shop/cart.py": code, "tests/test_cart.py": TESTS}
    fixing = Fixing(tmp_path, project(tmp_path, files), RIGHT)
    end = await fixing.run()
    assert (end.ending, end.words) == ("fixed", "all 2 tests pass")


async def test_what_the_user_writes_meanwhile_is_not_mixed_in(tmp_path: Path) -> None:
    top = project(tmp_path)
    fixing = Fixing(tmp_path, top, RIGHT)
    async with aclosing(find_fix(fixing.request(), fixing.context)) as events:
        with pytest.raises(CheckTrouble, match=r"shop/cart\.py was changed meanwhile"):
            async for event in events:
                if isinstance(event, Complained):
                    (top / "shop/cart.py").write_text(f"# mine\n{CODE}", encoding="utf-8")


async def test_a_small_change_holds_where_no_answer_does(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path), WRONG)
    end = await fixing.run(mechanical=True, samples=2)
    assert end.ending == "fixed" and end.fixed is not None and end.cost.answers == 2
    assert end.fixed.new.decode() == CODE.replace("len(items) - 1", "len(items)")
    held = fixing.of(Tried)[-1]
    assert held.verdict.holds and held.candidate.asked == "mechanical"
    assert {one.candidate.asked for one in fixing.of(Tried)[:-1]} == {"untold"}, "refused small changes aren't told"


async def test_an_answer_that_holds_comes_before_small_changes(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path), LONGER)
    end = await fixing.run(mechanical=True)
    assert end.fixed is not None and end.fixed.patch.text.endswith(LONGER.removesuffix("\n```"))


async def test_without_answers_no_model_is_asked(tmp_path: Path) -> None:
    top = project(tmp_path)
    (top / "shop" / "cart.py").write_text(CODE.replace("range(len(items) - 1)", "[]"), encoding="utf-8")
    fixing = Fixing(tmp_path, top, RIGHT)
    end = await fixing.run(mechanical=True, samples=0)
    assert (end.ending, fixing.opened, end.cost.answers) == ("unfixed", 0, 0) and end.cost.tried > 0


async def test_a_slow_check_is_left_to_the_model(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path), WRONG)
    # Twenty runs don't fit into a fifth of this time.
    end = await fixing.run(mechanical=True, samples=1, seconds=10.0)
    assert end.ending == "unfixed" and not [one for one in fixing.of(Tried) if one.candidate.asked == "mechanical"]


async def test_without_a_model_a_slow_check_has_all_the_time(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path))
    end = await fixing.run(mechanical=True, samples=0, seconds=60.0)
    assert end.ending == "fixed" and fixing.opened == 0


async def test_what_allows_nothing_says_so(tmp_path: Path) -> None:
    end = await Fixing(tmp_path, project(tmp_path)).run(samples=0)
    assert end.words == "Nothing was tried: --samples allows no answer, and fix.mechanical no small change."


async def test_a_function_of_one_chinese_character_is_a_suspect(tmp_path: Path) -> None:
    files = {
        "算.py": "def 加(甲, 乙):\n    return 甲 - 乙\n",
        "test_a.py": "import 算\n\ndef test_a():\n    assert 算.加(2, 3) == 5\n",
    }
    fixing = Fixing(tmp_path, project(tmp_path, files))
    end = await fixing.run(mechanical=True, samples=0)
    assert end.fixed is not None and "甲 + 乙" in end.fixed.difference
