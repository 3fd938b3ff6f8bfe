"""Where requests tell of the definitions that a unit uses: behind the code, within the context; what is left out."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import msgspec
import pytest

from postil.core.context.values import Definition
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest
from postil.core.review.finding import Span
from postil.core.review.profile import ReviewProfile, profiles
from postil.core.review.prompt import UnitPrompt, edit_request, fix_request, list_request, why_request
from postil.core.review.rewrite import Hunk
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.core.text.changed import differing
from postil.core.verify.complaint import Complaint
from postil.core.verify.rewrites.prompt import Refused, RepairPrompt

FILLING = "\n\n".join(f"def filling_{number}():\n    return {number}\n" for number in range(30))
CODE = (
    f"import money\n\n\ndef half(a):\n    return a // 2\n\n\n{FILLING}\n\n"
    "def total(a, b):\n    return half(a) + money.of(b)\n"
)
PERSONA = Persona("reviewer", "review", "m", system="You read code.")
HALF = Definition("", "def half(a):", "", 3, 5)
OTHERS = tuple(Definition("money.py", f"def of_{number}(amount):", "", number, number + 1) for number in range(9))
TOLD = "The code above uses what is defined elsewhere as:\n\n"


def unit() -> Unit:
    return next(one for one in split_units(CODE, "python") if one.name == "total")


def profile(chars: int) -> ReviewProfile:
    found = profiles()["unmeasured"]
    rules = msgspec.structs.replace(found.definitions, fix_chars=chars, review_chars=chars)
    return msgspec.structs.replace(found, definitions=rules)


def repair(chars: int = 2000, num_ctx: int = 4096, found: tuple[Definition, ...] = (HALF, *OTHERS)) -> RepairPrompt:
    complaint, file = Complaint("test_total", "assert 1 == 2", ()), tuple(CODE.split("\n"))
    persona = replace(PERSONA, role="repair")
    return RepairPrompt(
        "m", profile(chars), persona, unit(), "pay.py", file, complaint, num_ctx, definitions=found
    )  # fmt: skip


def review(chars: int = 2000, num_ctx: int = 4096, found: tuple[Definition, ...] = (HALF, *OTHERS)) -> UnitPrompt:
    return UnitPrompt("m", profile(chars), PERSONA, unit(), num_ctx, definitions=found)


def said(request: ChatRequest) -> str:
    return request.messages[-1].content


def shared(texts: list[str]) -> str:
    """What all of them begin with."""
    return reduce(lambda one, other: one[: differing(one, other)[0]], texts)


def size(request: ChatRequest) -> int:
    text = "".join(one.content for one in request.messages)
    return profile(0).estimate_tokens(text) + (request.sampling.max_tokens or 0)


# -- fixes


def test_without_a_budget_nothing_of_a_fix_changes() -> None:
    for way in ("told", "untold", "alone", "blank", "open", "refused"):
        assert repair(0).request(way, 1) == repair(found=()).request(way, 1), way
    assert repair(0).line_request(1, 0) == repair(found=()).line_request(1, 0)
    assert (repair(0).told.count, repair(0).told.left_out) == (0, 9)


def test_a_fix_is_told_what_its_file_does_not_show() -> None:
    asked = said(repair().request("told", 0))
    code, _, behind = asked.partition("```\n\n")
    assert "def half(a):" in code and TOLD not in code
    assert behind.startswith(f"{TOLD}# money.py\ndef of_0(amount):\ndef of_1(amount):\n")
    assert "def of_8(amount):\n\nThe code above is pay.py." in behind and "def half" not in behind
    # Here it isn't shown.
    alone = said(repair().request("alone", 0))
    assert f"{TOLD}def half(a):\n# money.py\n" in alone
    assert TOLD not in said(repair().request("untold", 0)), "it isn't told the failure either"


def test_requests_about_a_suspect_share_what_stands_before_the_instruction() -> None:
    prompt = repair()
    asked = [said(prompt.request("told", 0)), said(prompt.request("refused", 5, Refused("x", "y"))),
             said(prompt.line_request(1, 0))]  # fmt: skip
    assert shared(asked).endswith("def of_8(amount):\n\nTh")
    # And with those about others of its file the code.
    assert shared([asked[0], said(repair(found=OTHERS[:2]).request("told", 0))]).endswith("def of_1(amount):\n")


def test_what_a_fix_has_no_room_for_is_counted() -> None:
    prompt = repair(chars=60)
    assert (prompt.told.count, prompt.told.left_out) == (2, 7)
    assert said(prompt.request("told", 0)).count("def of_") == 2
    assert (repair().told.count, repair().told.left_out) == (9, 0)


@pytest.mark.parametrize("num_ctx", range(300, 1100, 50))
def test_a_fix_stays_within_the_context(num_ctx: int) -> None:
    prompt = repair(num_ctx=num_ctx)
    assert prompt.fits == repair(0, num_ctx).fits, "a unit is never left because of them"
    if not prompt.fits:
        return
    for way in ("told", "alone", "blank", "open"):
        request = prompt.request(way, 0)
        assert size(request) <= num_ctx, way
        assert "return half(a)" in said(request) or way == "blank"
    # What of the file isn't shown is told, where there is room.
    asked = said(prompt.request("told", 0))
    assert asked.count("def half(a):") <= 1


def test_a_window_of_a_file_is_told_what_it_does_not_show() -> None:
    asked = said(repair(num_ctx=700).request("told", 0))
    code, _, behind = asked.partition("```\n\n")
    assert "def filling_29" in code and "def filling_0(" not in code
    assert behind.startswith(f"{TOLD}def half(a):\n# money.py\n")


# -- reviews


def requests(prompt: UnitPrompt) -> list[ChatRequest]:
    hunk = Hunk(Span(1, 2), (prompt.unit.lines[1],), ("    return 1",), 20)
    return [
        edit_request(prompt),
        edit_request(prompt, 1),
        fix_request(prompt, Span(1, 2), "It adds."),
        why_request(prompt, hunk, "x"),
        list_request(prompt, "{}", 3),
    ]


def test_without_a_budget_nothing_of_a_review_changes() -> None:
    assert requests(review(0)) == requests(review(found=()))


def test_a_review_is_told_between_the_code_and_the_instruction() -> None:
    asked = said(edit_request(review()))
    assert f"money.of(b)\n```\n\n{TOLD}def half(a):\n# money.py\ndef of_0(amount):\n" in asked
    assert "def of_8(amount):\n\nThe code above has exactly one" in asked
    asked = shared([one.messages[1].content for one in requests(review())])
    assert asked.endswith("def of_8(amount):\n\n"), "requests about a unit share all of it"


@pytest.mark.parametrize("num_ctx", range(200, 700, 20))
@pytest.mark.parametrize("most", [0, 3])
def test_a_review_stays_within_the_context(num_ctx: int, most: int) -> None:
    prompt, without = replace(review(num_ctx=num_ctx), most_findings=most), review(0, num_ctx)
    assert (prompt.fits_rewrite(), prompt.fits_list(3)) == (without.fits_rewrite(), without.fits_list(3))
    if most and prompt.fits_list(3):
        assert size(list_request(prompt, "{}", 3)) <= num_ctx
    if not most and prompt.fits_rewrite():
        assert size(edit_request(prompt)) <= num_ctx
    assert prompt.told.count + prompt.told.left_out == 10


def test_what_a_review_has_no_room_for_is_counted() -> None:
    assert (review(chars=50).told.count, review(chars=50).told.left_out) == (2, 8)
    assert (review().told.count, review().told.left_out) == (10, 0)
