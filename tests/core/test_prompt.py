"""The prompts: one prefix for all questions about a unit, inside the context, and limits that fit the answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.core.review.finding import Span
from postil.core.review.profile import UNMEASURED, profiles
from postil.core.review.prompt import (
    QUOTED,
    UnitPrompt,
    edit_request,
    in_context_request,
    list_request,
    why_request,
)
from postil.core.review.rewrite import Hunk, applied
from postil.core.suppression.baseline import Dismissal
from postil.core.syntax.units import Unit

LINES = ["def add(a, b):", '    """Both."""', "    total = a - b", "    print(total)", "    return total"]
UNIT = Unit("function", "add", "python", 10, 15, "\n".join(LINES), 2)
PERSONA = Persona(
    "reviewer",
    "review",
    "m",
    system="You read code.",
    messages=(Message("user", "Ready?"), Message("assistant", "Ready.")),
    sampling=Sampling(temperature=0.25, seed=7, max_tokens=5, stop=("<end>",)),
    load=LoadOptions(num_thread=3),
)
PROFILE = msgspec.structs.replace(profiles()[UNMEASURED], rewrite_head=False)
ASKED = UnitPrompt("m", PROFILE, PERSONA, UNIT, 4096)
HUNK = Hunk(Span(2, 3), (LINES[2],), ("    total = a + b",), sum(map(len, LINES[:2])) + 2 + len("    total = a"))


def whole(request: ChatRequest) -> str:
    """What the model reads, without the marks of a chat's template."""
    return "\0".join(f"{message.role}:{message.content}" for message in request.messages) + (
        f"\0assistant:{request.prefill}" if request.prefill else ""
    )


def size(request: ChatRequest) -> int:
    """Prompt and answer, in estimated tokens."""
    said = sum(PROFILE.estimate_tokens(message.content) for message in request.messages)
    return (
        said + (PROFILE.estimate_tokens(request.prefill) if request.prefill else 0) + (request.sampling.max_tokens or 0)
    )


def function(statements: int) -> Unit:
    lines = ["def long(a):", *(f"    a = a + b{'x' * (number % 7)}" for number in range(statements)), "    return a"]
    return Unit("function", "long", "python", 0, len(lines), "\n".join(lines), 1)


def test_all_questions_about_a_unit_begin_alike() -> None:
    edit = edit_request(ASKED)
    rewritten = applied(UNIT, HUNK)
    why = why_request(ASKED, HUNK, rewritten)
    # The sentence is asked for behind the whole rewrite.
    assert whole(why).startswith(whole(edit))
    assert f"```python\n{rewritten}\n```" == why.messages[-2].content
    # A list has another instruction, but the same code before it.
    listed = list_request(ASKED, "", 4)
    shared = [a == b for a, b in zip(whole(edit), whole(listed), strict=False)].index(False)
    assert UNIT.text in whole(edit)[:shared]


def test_all_questions_load_the_model_alike() -> None:
    requests = [
        edit_request(ASKED),
        why_request(ASKED, HUNK, ""),
        list_request(ASKED, "", 4),
        in_context_request(ASKED, HUNK),
    ]
    assert {(request.model, request.load) for request in requests} == {("m", LoadOptions(4096, num_thread=3))}


def test_a_context_that_the_persona_asks_for_goes_before_the_settings() -> None:
    asked = replace(ASKED, persona=replace(PERSONA, num_ctx=512))
    assert edit_request(asked).load.num_ctx == 512
    assert ASKED.fits(1000) and not asked.fits(1000)


def test_the_rewrite_begins_with_the_head_and_ends_at_its_fence() -> None:
    request = edit_request(ASKED)
    assert [message.role for message in request.messages] == ["system", "user", "assistant", "user"]
    assert request.prefill == '```python\ndef add(a, b):\n    """Both."""\n'
    assert request.sampling.stop == ("<end>", "\n```")
    assert (request.sampling.temperature, request.sampling.seed, request.top_logprobs) == (0.25, 7, 0)
    headless = replace(ASKED, persona=replace(PERSONA, system="", messages=()), unit=replace(UNIT, head_lines=0))
    assert [message.role for message in edit_request(headless).messages] == ["user"]
    assert edit_request(headless).prefill == "```python\n"
    assert edit_request(ASKED, 0).prefill == "```python\n"
    # A model that can is let rewrite the head, too.
    assert edit_request(replace(ASKED, profile=profiles()[UNMEASURED])).prefill == "```python\n"


def test_an_answer_may_be_as_long_as_what_is_asked_for() -> None:
    short, long = (edit_request(replace(ASKED, unit=function(count))).sampling.max_tokens for count in (5, 100))
    assert short is not None and long is not None
    # The persona's own limit would cut the copy.
    assert short >= PROFILE.estimate_tokens(function(5).text) > 5
    assert long >= PROFILE.estimate_tokens(function(100).text)
    # No token for the head, which is already there.
    headless = edit_request(replace(ASKED, unit=replace(function(5), head_lines=0))).sampling.max_tokens
    assert headless is not None and short < headless
    assert why_request(ASKED, HUNK, "").sampling.max_tokens == PROFILE.sentence_tokens
    assert list_request(ASKED, "", 8).sampling.max_tokens == 2 * (list_request(ASKED, "", 4).sampling.max_tokens or 0)


def test_the_sentence_is_about_the_original_or_what_it_lacks() -> None:
    question = why_request(ASKED, HUNK, "").messages[-1].content
    assert "`total = a - b`" in question and "a + b" not in question
    missing = Hunk(Span(3, 3), (), ("    if not {}:", "        raise"))
    assert "lacks `if not {}: raise`" in why_request(ASKED, missing, "").messages[-1].content
    long = Hunk(Span(2, 3), ("x" * 10_000,), ("y",))
    assert len(why_request(ASKED, long, "").messages[-1].content) < len(question) + QUOTED
    assert why_request(ASKED, HUNK, "").sampling.stop == ("\n",)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 200))
def test_an_infill_leaves_out_exactly_the_hunks_lines(one: int, two: int, offset: int) -> None:
    first, last = sorted((one, two))
    start = len("".join(line + "\n" for line in LINES[:first]))
    begins = max(start, min(start + offset, len(UNIT.text)))
    hunk = Hunk(Span(first, last), tuple(LINES[first:last]), ("    x",), begins)
    request = in_context_request(ASKED, hunk)
    gap = "\n".join(hunk.old)
    around = "\n".join([*LINES[:first], gap, *LINES[last:]])
    assert (request.prefix + gap + request.suffix).rstrip("\n") == around.rstrip("\n")
    # A model fills no gap that nothing follows.
    assert request.suffix.startswith("\n")
    assert (request.sampling.max_tokens, request.top_logprobs) == (1, PROFILE.alternatives)
    assert request.prefix + request.begun == (UNIT.text + "\n")[:begins]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_ascii_is_not_counted_below_what_was_measured(text: str) -> None:
    # 3.2 characters a token of Python, measured; and never nothing.
    assert PROFILE.estimate_tokens(text) >= max(1, math.floor(len(text) / 3.2))


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)), st.text("abc \n"))
def test_cjk_counts_a_token_a_character(wide: str, narrow: str) -> None:
    assert PROFILE.estimate_tokens(wide + narrow) >= len(wide) + len(narrow) / 3.2
    assert PROFILE.estimate_tokens(wide) <= len(wide) + 1


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(a: str, b: str) -> None:
    assert max(PROFILE.estimate_tokens(a), PROFILE.estimate_tokens(b)) <= PROFILE.estimate_tokens(a + b)
    assert PROFILE.estimate_tokens(a + b) <= PROFILE.estimate_tokens(a) + PROFILE.estimate_tokens(b)


def test_digits_count_a_token_each() -> None:
    assert PROFILE.estimate_tokens("0123456789" * 10) >= 100


def longest(num_ctx: int) -> UnitPrompt:
    """The longest function that fits, as the edit method asks it."""
    every = (UnitPrompt("m", PROFILE, PERSONA, function(count), num_ctx) for count in range(1, 400))
    fitting = [asked for asked in every if asked.fits_rewrite()]
    assert 0 < len(fitting) < 399
    return fitting[-1]


@pytest.mark.parametrize("num_ctx", [512, 1024, 2048])
def test_what_fits_is_near_the_context_and_what_is_longer_does_not(num_ctx: int) -> None:
    asked = longest(num_ctx)
    # What is kept free beside prompt and copy is a constant.
    assert num_ctx - 350 < size(edit_request(asked))
    assert not asked.fits(num_ctx)
    assert not replace(asked, num_ctx=num_ctx // 2).fits_rewrite()


def test_what_a_persona_puts_in_is_counted() -> None:
    def rooms(asked: UnitPrompt) -> tuple[bool, ...]:
        return asked.fits_rewrite(), asked.fits_list(1)

    wordy = replace(PERSONA, looks_for="x" * 60, answer_in="中" * 40)
    sizes = [replace(ASKED, num_ctx=num_ctx) for num_ctx in range(200, 700)]
    least = [[rooms(asked)[method] for asked in sizes].index(True) for method in (0, 1)]
    wants = [[rooms(replace(asked, persona=wordy))[method] for asked in sizes].index(True) for method in (0, 1)]
    # Forty characters of Chinese are as many tokens at least.
    assert all(wordier >= plain + 40 for wordier, plain in zip(wants, least, strict=True))
    # A list's instruction is longer than the other, and braces in a persona's words stay what they are.
    listed = list_request(replace(ASKED, persona=replace(PERSONA, looks_for="{language} {noun}")), "", 1)
    assert "report each {language} {noun} and nothing else" in listed.messages[-1].content
    for num_ctx in (400, 500, 600):
        asked = replace(ASKED, num_ctx=num_ctx)
        assert not asked.fits_list(1) or size(list_request(asked, "", 1)) <= num_ctx


@pytest.mark.parametrize("num_ctx", [512, 1024, 2048])
@pytest.mark.parametrize("question", ["edit", "why"])
def test_every_question_about_what_fits_stays_inside_the_context(num_ctx: int, question: str) -> None:
    asked = longest(num_ctx)
    hunk = Hunk(Span(1, 2), (asked.unit.lines[1],), ("    a = a - b",))
    request = edit_request(asked) if question == "edit" else why_request(asked, hunk, applied(asked.unit, hunk))
    assert size(request) <= num_ctx


def dismissed(code: str, suggested: str = "    b") -> Dismissal:
    return Dismissal(persona="reviewer", path="a", unit="b", code=code, suggested=suggested, digest="", around="")


@pytest.mark.parametrize("request_of", [edit_request, lambda asked: list_request(asked, "{}", 3)])
def test_what_was_dismissed_is_told_behind_the_code_and_bounded(
    request_of: Callable[[UnitPrompt], ChatRequest],
) -> None:
    told = replace(
        ASKED, dismissed=(dismissed("    a\n  =  `1`"), dismissed("x" * 400, ""), dismissed("y" * 400, "z" * 400))
    )
    before, after = (request_of(asked).messages[-1].content for asked in (ASKED, told))
    # The code's prefix is in the engine's cache, whatever has been dismissed since.
    assert before.startswith(ASKED.code()) and after.startswith(ASKED.code())
    assert after.endswith(before.removeprefix(ASKED.code()))
    said = after.removeprefix(ASKED.code()).removesuffix(before.removeprefix(ASKED.code()))
    assert "\n- `a = '1'` into `b`\n" in said
    assert f"\n- `{'x' * QUOTED}`\n" in said
    assert len(said) < 200 + len(told.dismissed) * (2 * QUOTED + 20)
    assert replace(ASKED, dismissed=()) == ASKED


def test_what_was_dismissed_counts_for_the_context() -> None:
    asked = next(
        one for count in range(1, 400) if not replace(one := UnitPrompt("m", PROFILE, PERSONA, function(count), 2048),
                                                      dismissed=(dismissed("x" * 400),) * 3).fits_rewrite()
    )  # fmt: skip
    assert asked.fits_rewrite()
