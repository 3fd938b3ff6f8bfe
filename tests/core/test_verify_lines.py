"""Sweeps: which lines of a unit are asked for, and what is read from the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.models.thinking import Reasoning
from postil.core.persona.persona import Persona
from postil.core.review.profile import profiles
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.core.verify.complaint import Complaint
from postil.core.verify.places import Place
from postil.core.verify.rewrites.candidate import UNCHANGED, Candidate
from postil.core.verify.rewrites.lines import MOST_LINES, begun_line, read_line, swept_lines
from postil.core.verify.rewrites.prompt import RepairPrompt
from postil.core.verify.rewrites.which import named_first, which_request
from postil.core.verify.suspects import Suspect

CODE = '''\
class Box:
    def volume(self, sides=[]):
        """Of it.

        In litres.
        """
        # The sides.
        total = 1

        for side in sides:
            total += side
        return total
'''
UNIT = next(one for one in split_units(CODE, "python") if one.name == "Box.volume")


def long_unit(lines: int) -> Unit:
    body = "".join(f"    total += {number}\n" for number in range(lines))
    return split_units(f"def f(total):\n{body}    return total\n", "python")[0]


def test_lines_of_code_are_asked_for() -> None:
    asked = [UNIT.lines[row].strip() for row in swept_lines(UNIT, ())]
    code = ["def volume(self, sides=[]):", "total = 1", "for side in sides:", "total += side", "return total"]
    assert [line for line in asked if '"""' not in line] == code


def test_a_long_unit_is_asked_for_around_the_failure() -> None:
    unit = long_unit(60)
    assert swept_lines(unit, ()) == list(range(MOST_LINES))
    assert swept_lines(unit, (1000,)) == list(range(MOST_LINES)), "the control: a place elsewhere"
    near = swept_lines(unit, (50,))
    assert len(near) == MOST_LINES and near == sorted(near) and 50 in near and min(near) > 30
    assert swept_lines(unit, (50,), finding=True) == [50, 49, 51]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("            total *= side", "            total *= side"),
        ("            total *= side\n```", "            total *= side"),
        ("            total *= side\r\n         return 3", "            total *= side"),
        ("            if side:\n+                total *= side", "            if side:\n                total *= side"),
        # A blank for people.
        (" total *= side", "            total *= side"),
        # One that is code may be the mend.
        ("        total *= side", None),
    ],
)
def test_a_line_takes_the_place_of_the_one_that_was_asked_for(answer: str, wanted: str | None) -> None:
    row = UNIT.lines.index("            total += side")
    found = read_line(UNIT, row, answer, "lines")
    if wanted is None:
        assert found == "wrote code that doesn't parse" or isinstance(found, Candidate)
        return
    assert isinstance(found, Candidate)
    assert found.text == UNIT.text.replace("            total += side", wanted) and found.asked == "lines"


@pytest.mark.parametrize("answer", ["            total += side", "            total += side  # right"])
def test_a_line_as_it_is_is_no_candidate(answer: str) -> None:
    assert read_line(UNIT, UNIT.lines.index("            total += side"), answer, "lines") == UNCHANGED


def test_a_line_that_leaves_a_name_without_a_use_is_no_candidate() -> None:
    row = UNIT.lines.index("            total += side")
    assert read_line(UNIT, row, "            total = sum(sides)", "lines") == "left `side` without a use"
    assert isinstance(read_line(UNIT, row, "            total *= side", "lines"), Candidate), "the control"
    # The wrong one of two names was returned.
    swapped = split_units("def f(a):\n    first = a[0]\n    last = a[-1]\n    return first\n", "python")[0]
    assert isinstance(read_line(swapped, 3, "    return last", "lines"), Candidate)


@given(st.text(max_size=200), st.integers(0, len(UNIT.lines) - 1))
def test_any_answer_is_a_candidate_or_a_reason(answer: str, row: int) -> None:
    found = read_line(UNIT, row, answer, "lines")
    assert found.text != UNIT.text if isinstance(found, Candidate) else found


def prompt(*, finding: bool = False) -> RepairPrompt:
    place = Place("shop/box.py", UNIT.first_line + 9)
    complaint = Complaint("test_volume", "assert 3 == 6", (place,), finding=finding)
    persona = Persona("repairer", "repair", "m", system="You mend.")
    lines = tuple(CODE.split("\n"))
    return RepairPrompt("m", profiles()["unmeasured"], persona, UNIT, "shop/box.py", lines, complaint, 4096)


def test_a_sweep_shares_the_prompt_of_a_rewrite() -> None:
    rewrite, line = prompt().request("told", 0), prompt().line_request(9, 0)
    said, told = line.messages[-1].content, rewrite.messages[-1].content
    begins = told.index("Rewrite `")
    assert said[:begins] == told[:begins] and "diff" in said[begins:]
    assert line.prefill == begun_line(UNIT, 9) == "```diff\n-            total += side\n+"
    assert line.sampling.temperature == 0 and (line.sampling.max_tokens or 0) < (rewrite.sampling.max_tokens or 0)
    assert prompt().line_request(9, 5).sampling.seed == 5
    assert "A tool that checks code" in prompt(finding=True).line_request(9, 0).messages[-1].content


def test_a_findings_sweep_is_its_line() -> None:
    assert prompt(finding=True).rows()[0] == 9 and len(prompt(finding=True).rows()) == 3
    assert len(prompt().rows()) > 4, "the control"


def test_a_model_that_copies_is_asked_for_lines_more_often() -> None:
    asked = [[prompt().way(number, copies=copies) for number in range(8)].count("lines") for copies in (False, True)]
    assert asked == [2, 3]
    assert prompt().way(1, others=True) == "lines", "one of several suspects gets few answers"


@pytest.mark.parametrize("lacking", [{"reasoning": Reasoning(True, 500, wanted=True)}, {"continues": False}])
def test_who_can_not_continue_an_answer_is_never_asked_for_a_line(lacking: dict[str, Any]) -> None:
    able, unable = prompt(), replace(prompt(), **lacking)
    asked = [[one.way(number, others=True) for number in range(8)] for one in (able, unable)]
    assert "lines" in asked[0] and "lines" not in asked[1]


def test_samples_are_told_another_failing_test_in_turns() -> None:
    other = replace(prompt(), akin=(Complaint("test_other", "assert 4 == 8", ()),))
    told = ["4 == 8" in other.request("told", number).messages[-1].content for number in range(6)]
    assert told == [False, False, False, True, False, True], "the likeliest answers are told the test that is mended"
    assert "4 == 8" in other.line_request(9, 3).messages[-1].content
    assert "4 == 8" not in prompt().request("told", 3).messages[-1].content, "the control"


def test_a_model_is_asked_which_suspect_it_is() -> None:
    units = split_units(CODE + "\n\ndef area(side):\n    return side\n", "python")
    suspects = [Suspect("shop/box.py", one, "it was changed") for one in units if one.kind in ("function", "method")]
    files = {"shop/box.py": CODE.split("\n")}
    request = which_request(prompt(), suspects, files)
    assert request is not None and request.prefill == "`" and request.sampling.stop == ("`",)
    assert "`volume`, `area`" in request.messages[-1].content and "assert 3 == 6" in request.messages[-1].content
    assert which_request(prompt(), suspects[:1], files) is None
    assert which_request(replace(prompt(), continues=False), suspects, files) is None
    assert which_request(replace(prompt(), num_ctx=200), suspects, files) is None


@given(st.text(max_size=20) | st.sampled_from(["area", " area()", "Box.area", "`area`"]))
def test_the_named_suspect_comes_first_and_none_is_lost(answer: str) -> None:
    units = split_units(CODE + "\n\ndef area(side):\n    return side\n", "python")
    suspects = [Suspect("shop/box.py", one, "it was changed") for one in units if one.kind in ("function", "method")]
    found = named_first(suspects, answer)
    assert {one.key for one in found} == {one.key for one in suspects} and len(found) == len(suspects)
    assert (found[0].unit.name == "area") == (answer.strip().strip("`()").rpartition(".")[2] == "area")
