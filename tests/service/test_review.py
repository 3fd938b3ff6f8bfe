"""A document's review with the `edit` method: what is asked, what is told, and when it stops."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec import structs
from tests.service.reviewing import MODEL, Reviewing, calibration, failed, finished, found, function, mend, order

from postil.core.models.catalogue import catalogue
from postil.core.request import Delta
from postil.core.review.finding import Severity, Span
from postil.core.review.scoring import score
from postil.core.suppression.baseline import Baseline, Dismissal
from postil.core.syntax.split import plan
from postil.engine.base import EngineUnavailable, ModelInfo
from postil.engine.scripted import Chunk, Rule
from postil.service.review.methods import unit_review
from postil.service.review.methods.unit_review import UnitReview

ONE, TWO, THREE = function("one"), function("two"), function("three")
# What the scripted engine's answers add up to.
SURE = score(0.0, catalogue().profile_of(MODEL))


async def test_a_finding_from_the_first_to_the_last_word(tmp_path: Path) -> None:
    why = Rule("", "why", (Chunk("The sum"), Chunk(" is\x1b wrong.")))
    reviewing = Reviewing(tmp_path, mend("one"), why, review={"reason": True})
    events = await reviewing.run(ONE)
    (unit,) = plan(ONE, "python")
    assert order(events, unit) == ["UnitStarted", "FindingFound", "FindingUpdated", "UnitFinished"]
    (first,), (last,) = found(events), finished(events)[0].findings
    said = "Opinion (no better than chance): the fix calculates with `+` instead of `-`."
    assert (first.message, first.streaming) == (said, True)
    assert (last.message, last.streaming) == (f"{said} {MODEL} says: “The sum is\\x1b wrong.”", False)
    assert first.id == last.id
    assert (last.lines, last.quote) == (Span(1, 2), "    total = first - second")
    assert last.fix is not None and last.fix.new == "    total = first + second"


async def test_the_sentence_is_ours_and_no_model_is_asked_for_it(tmp_path: Path) -> None:
    """The symptom: "will raise a TypeError if orders is not a list", under an inverted condition."""
    reviewing = Reviewing(tmp_path, mend("one"), Rule("", "why", (Chunk("Because it is wrong."),)))
    events = await reviewing.run(ONE)
    (only,) = found(events)
    assert finished(events)[0].findings == (only,) and not only.streaming
    assert only.message == "Opinion (no better than chance): the fix calculates with `+` instead of `-`."
    assert (only.severity, only.standing) == (Severity.HINT, "chance")
    assert reviewing.kinds == ["chat"]


async def test_a_persona_that_answers_in_chinese_has_its_notes_in_chinese(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"))
    reviewing.persona(answer_in="简体中文")
    (only,) = (await reviewing.one(ONE)).findings
    assert only.message == "意见（不比随机猜测好）：建议的修改用 `+` 而不是 `-` 来计算。"


@pytest.mark.parametrize(("show", "holds", "asked"), [
    ("all", False, True), ("calibrated", False, False), ("calibrated", True, True), ("verified", True, False),
])  # fmt: skip
async def test_a_model_whose_opinions_are_not_shown_is_not_asked(
    tmp_path: Path, show: Literal["verified", "calibrated", "all"], holds: bool, asked: bool
) -> None:
    reviewing = Reviewing(tmp_path, mend("one"))
    known = calibration(why_not="" if holds else "too few fixes")
    reviewing.context = replace(reviewing.context, show=show, calibration=known)
    end = await reviewing.one(ONE)
    assert (bool(reviewing.kinds), len(end.findings)) == (asked, int(asked))
    assert end.unread == ""


async def test_a_calibrated_opinion_is_information_and_comes_from_its_own_threshold(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"min_score": None})
    reviewing.context = replace(reviewing.context, calibration=calibration(min_score=0.3))
    (only,) = (await reviewing.one(ONE)).findings
    assert (only.severity, only.standing) == (Severity.INFORMATION, "calibrated")
    assert only.message.startswith("Opinion (calibrated): the fix")
    reviewing.context = replace(reviewing.context, calibration=calibration(min_score=0.9))
    assert (await reviewing.one(ONE)).dropped == (("below the threshold", 1),)


async def test_a_calibration_that_does_not_hold_changes_nothing(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"min_score": None})
    reviewing.context = replace(reviewing.context, calibration=calibration(min_score=0.1, why_not="too few fixes"))
    assert (await reviewing.one(ONE)).dropped == (("below the threshold", 1),)


async def test_of_an_unmeasured_model_one_opinion_a_unit_is_enough(tmp_path: Path) -> None:
    rules = Rule("def one(", echo=True, replace=(("first - ", "first + "), ("return total", "return -total")))
    text = ONE.replace("    print(total)", "    print(total)\n    print(first)\n    print(second)")
    reviewing = Reviewing(tmp_path, rules)
    reviewing.context = replace(reviewing.context, model="nobody:7b")
    assert len((await reviewing.one(text)).findings) == 1
    reviewing.context = replace(reviewing.context, calibration=calibration())
    assert len((await reviewing.one(text)).findings) == 2


async def test_the_rewrite_is_closed_as_soon_as_its_first_difference_is_settled(tmp_path: Path) -> None:
    settled = "    total = first + second\n    print(total)\n    return total\n"
    rule = Rule("", chunks=(Chunk(settled), Chunk("never asked for")), hold=tmp_path / "never", times=1)
    reviewing = Reviewing(tmp_path, rule)
    async with asyncio.timeout(10):
        end = await reviewing.one(ONE)
    assert len(end.findings) == 1
    assert reviewing.steps[:2] == [("chat", "started"), ("chat", "closed")]
    assert reviewing.kinds == ["chat"]


async def test_a_copy_is_read_to_its_end_and_asks_no_more(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path)
    end = await reviewing.one(ONE)
    assert (end.findings, end.dropped, end.notes) == ((), (), ())
    assert reviewing.kinds == ["chat"]


async def test_a_unit_without_findings_tells_what_it_cost(tmp_path: Path) -> None:
    end = await Reviewing(tmp_path).one(ONE)
    # The prompt is estimated, and each of the three lines is a piece.
    assert (end.usage.prompt_tokens > 50, end.usage.output_tokens) == (True, 3)


async def test_a_dropped_difference_is_not_the_end_of_its_unit(tmp_path: Path) -> None:
    text = ONE.replace("    total", "    print(first)\n    count(first)\n    count(second)\n    total", 1)
    rule = Rule("def one(", echo=True, replace=(("print(first)", "print(first"), ("first - ", "first + ")))
    reviewing = Reviewing(tmp_path, rule)
    # Of the measured one the first difference is all that is looked at.
    reviewing.context = replace(reviewing.context, model="nobody:7b")
    end = await reviewing.one(text)
    assert end.dropped == (("syntax error", 1),)
    assert [finding.lines for finding in end.findings] == [Span(4, 5)]
    # The second rewrite goes on behind the original's line.
    assert reviewing.kinds == ["chat", "chat"]
    begun = [request.prefill for request in reviewing.engine.asked if request.prefill]
    assert begun[1].endswith("    print(first)\n")


async def test_a_change_that_cannot_be_a_finding_is_counted_by_its_reason(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, Rule("def one(", echo=True, replace=(("first - ", "first - ("),)))
    assert (await reviewing.one(ONE)).dropped == (("syntax error", 1),)
    assert reviewing.kinds == ["chat"]


async def test_a_unit_whose_stream_breaks_fails_alone(tmp_path: Path) -> None:
    broken = Rule("def two(", chunks=(Chunk("    total"),), error="broken")
    reviewing = Reviewing(tmp_path, mend("one"), broken, mend("three"))
    events = await reviewing.run(ONE + TWO + THREE)
    assert failed(events) == ["two"]
    assert [end.unit.name for end in finished(events) if end.findings] == ["one", "three"]


async def test_an_engine_that_is_gone_ends_the_review(tmp_path: Path) -> None:
    gone = Rule("def two(", error="unavailable")
    reviewing = Reviewing(tmp_path, mend("one"), gone)
    events = []
    with pytest.raises(EngineUnavailable, match="Next step"):
        async for event in reviewing.stream(ONE + TWO + THREE):
            events.append(event)
    assert [end.unit.name for end in finished(events)] == ["one"]
    assert not any("three" in message.content for request in reviewing.engine.asked for message in request.messages)


async def test_an_engine_that_is_gone_for_one_cancels_the_others(tmp_path: Path) -> None:
    gone = Rule("def two(", error="unavailable")
    reviewing = Reviewing(tmp_path, mend("one", hold=tmp_path / "never"), gone, jobs=2)
    async with asyncio.timeout(10):
        with pytest.raises(EngineUnavailable):
            await reviewing.run(ONE + TWO)
    assert ("chat", "cancelled") in reviewing.steps


@pytest.mark.parametrize("jobs", [1, 2, 3])
async def test_so_many_units_at_once_and_never_more(tmp_path: Path, jobs: int) -> None:
    gate = tmp_path / "gate"
    names = ["one", "two", "three", "four", "five"]
    reviewing = Reviewing(tmp_path, *(mend(name, hold=gate) for name in names), jobs=jobs)
    run = asyncio.create_task(reviewing.run("".join(map(function, names))))
    await reviewing.until_asked(jobs)
    gate.touch()
    ends = finished(await run)
    assert sorted(end.unit.name for end in ends if end.findings) == sorted(names)
    running = most = 0
    for _, event in reviewing.steps:
        running += 1 if event == "started" else -1
        most = max(most, running)
    assert most == jobs


async def test_an_unchanged_unit_comes_from_the_cache_wherever_it_moved(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"))
    first = finished(await reviewing.run(ONE + TWO))
    asked = len(reviewing.kinds)
    again = await reviewing.run("import os\n\n\n" + ONE + TWO)
    assert [type(event).__name__ for event in again] == ["UnitFinished"] * 2
    assert [(end.cached, end.findings) for end in finished(again)] == [(True, end.findings) for end in first]
    assert finished(again)[0].unit.first_line == 3
    assert (len(reviewing.kinds), finished(again)[0].usage.prompt_tokens) == (asked, 0)
    third = finished(await reviewing.run(ONE + TWO.replace("total", "sum")))
    assert [end.cached for end in third] == [True, False]
    assert reviewing.kinds[asked:] == ["chat"]


@pytest.mark.parametrize("change", ["model", "persona", "min_score", "reason", "method", "calibration", "facts"])
async def test_whatever_a_review_depends_on_makes_it_new(tmp_path: Path, change: str) -> None:
    listed = Rule("", chunks=(Chunk('{"findings": []}'),))
    reviewing = Reviewing(tmp_path, *([listed] if change == "method" else []))
    await reviewing.run(ONE)
    context = reviewing.context
    assert context.facts is not None
    if change == "model":
        reviewing.context = replace(context, model="another")
    elif change == "persona":
        reviewing.persona(system="You are somebody else.")
    elif change == "calibration":
        reviewing.context = replace(context, calibration=calibration())
    elif change == "facts":
        reviewing.without("schema")
    else:
        review = structs.replace(
            context.settings.review, **{change: {"min_score": 0.9, "method": "list"}.get(change, True)}
        )
        reviewing.context = replace(context, settings=structs.replace(context.settings, review=review))
    assert not (await reviewing.one(ONE)).cached
    assert (await reviewing.one(ONE)).cached


async def test_a_review_that_failed_or_was_left_is_not_kept(tmp_path: Path) -> None:
    broken = Rule("def one(", chunks=(Chunk("    total"),), error="broken", times=1)
    endless = Rule("", "why", (Chunk("Because"),), hold=tmp_path / "never", times=1)
    reviewing = Reviewing(tmp_path, broken, mend("one"), endless, review={"reason": True})
    assert failed(await reviewing.run(ONE)) == ["one"]
    async with asyncio.timeout(10), aclosing(reviewing.stream(ONE)) as stream:
        async for event in stream:
            if found([event]):
                break
    assert len(reviewing.context.cache) == 0
    assert len((await reviewing.one(ONE)).findings) == 1


@pytest.mark.parametrize(("method", "num_ctx"), [("edit", 1536), ("list", 900)])
async def test_a_unit_that_does_not_fit_is_told_every_time_and_the_others_are_read(
    tmp_path: Path, method: str, num_ctx: int
) -> None:
    long = "def long(a):\n" + "".join(f"    a = a + {number}\n" for number in range(118)) + "    return a\n\n\n"
    listed = Rule("", chunks=(Chunk('{"findings": []}'),))
    rules = [listed] if method == "list" else []
    reviewing = Reviewing(tmp_path, *rules, review={"method": method}, num_ctx=num_ctx)
    for _ in range(2):
        ends = {end.unit.name: end for end in finished(await reviewing.run(ONE + long))}
        assert f"num_ctx ({num_ctx} tokens)" in ends["long"].unread
        assert not ends["long"].cached and ends["one"].notes == ()
    assert reviewing.kinds == ["chat"]
    assert not any("def long" in message.content for request in reviewing.engine.asked for message in request.messages)


@pytest.mark.parametrize(
    ("lacking", "said", "kinds"),
    [
        ("infill", "the score was left out", ["chat"]),
        ("logprobs", "tells no probabilities", ["chat"]),
    ],
)
async def test_what_an_engine_cannot_do_is_done_without_and_said(
    tmp_path: Path, lacking: str, said: str, kinds: list[str]
) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"min_score": 0.01})
    reviewing.without(lacking)
    end = await reviewing.one(ONE)
    assert len(end.findings) == 1
    assert [said in note for note in end.notes] == [True]
    assert reviewing.kinds == kinds


async def test_what_an_engine_cannot_do_is_no_reason_to_ask_again(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"min_score": 0.01})
    reviewing.without("infill")
    await reviewing.run(ONE)
    assert (await reviewing.one(ONE)).cached


async def test_without_prefill_the_first_difference_is_the_last(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"))
    reviewing.without("prefill")
    end = await reviewing.one(ONE)
    assert (len(end.findings), end.notes) == (1, ())
    assert reviewing.kinds == ["chat"]


async def test_a_model_that_cannot_fill_in_the_middle_is_told(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), Rule("", "infill", error="refused"), review={"min_score": 0.01})
    end = await reviewing.one(ONE)
    assert len(end.findings) == 1
    assert [note.startswith("the model can't fill in the middle") for note in end.notes] == [True]


@pytest.mark.parametrize(
    ("settings", "persona", "known", "least"),
    [
        (0.1, 0.2, 0.3, 0.1),
        (0.0, 0.2, 0.3, 0.0),
        (None, 0.2, 0.3, 0.2),
        (None, 0.0, 0.3, 0.0),
        (None, None, 0.3, 0.3),
        (None, None, 0.0, 0.0),
    ],
)
def test_settings_before_persona_before_profile(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: float | None,
    persona: float | None,
    known: float,
    least: float,
) -> None:
    profile = structs.replace(catalogue().profile_of(MODEL), min_score=known)
    monkeypatch.setattr(unit_review, "profiles", lambda: {profile.name: profile})
    reviewing = Reviewing(tmp_path, review={"min_score": settings})
    reviewing.persona(min_score=persona)
    context, (unit,) = reviewing.context, plan(ONE, "python")
    model = ModelInfo(MODEL, profile=profile.name)
    given: Any = (context.engine, model, context.persona, context.settings, unit)
    assert UnitReview.of(*given).min_score == least


async def test_without_measurements_all_that_passes_the_checks_is_shown_and_nothing_is_scored(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"min_score": None})
    reviewing.context = replace(reviewing.context, model="nobody:1b")
    end = await reviewing.one(ONE)
    assert [(finding.score, finding.severity) for finding in end.findings] == [(0.0, Severity.HINT)]
    assert [finding.standing for finding in end.findings] == ["unmeasured"]
    assert (end.dropped, end.notes) == ((), ())
    assert reviewing.kinds == ["chat"]


async def test_below_the_threshold_dropped_and_counted(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"min_score": SURE + 0.01})
    events = await reviewing.run(ONE)
    assert found(events) == []
    assert finished(events)[0].dropped == (("below the threshold", 1),)
    assert "why" not in reviewing.kinds


async def test_a_personas_severity_is_the_most_serious_one(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"))
    reviewing.context = replace(reviewing.context, calibration=calibration())
    reviewing.persona(severity=(Severity.HINT, Severity.HINT))
    assert [one.severity for one in (await reviewing.one(ONE)).findings] == [Severity.HINT]
    # It doesn't make a guess a warning.
    reviewing.persona(severity=(Severity.ERROR, Severity.ERROR))
    assert [one.severity for one in (await reviewing.one(ONE)).findings] == [Severity.INFORMATION]


async def test_a_reader_that_leaves_closes_the_engines_stream(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one", hold=tmp_path / "never"))
    async with asyncio.timeout(10), aclosing(reviewing.stream(ONE)) as stream:
        await anext(stream)
        await reviewing.until_asked(1)
    assert reviewing.steps == [("chat", "started"), ("chat", "cancelled")]


async def test_a_reader_that_is_cancelled_closes_all_the_engines_streams(tmp_path: Path) -> None:
    rules = [mend(name, hold=tmp_path / "never") for name in ("one", "two")]
    reviewing = Reviewing(tmp_path, *rules, jobs=2)
    run = asyncio.create_task(reviewing.run(ONE + TWO + THREE))
    await reviewing.until_asked(2)
    run.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await run
    assert reviewing.steps == [("chat", "started")] * 2 + [("chat", "cancelled")] * 2


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (None, ["one", "two", "three"]),
        ([], []),
        ([Span(1, 2)], ["one"]),
        ([Span(3, 7)], ["one", "two"]),
        ([Span(4, 6)], []),
        ([Span(6, 6)], ["two"]),
        ([Span(0, 1), Span(12, 40)], ["one", "three"]),
    ],
)
def test_only_units_that_the_lines_touch(lines: list[Span] | None, names: list[str]) -> None:
    assert [unit.name for unit in plan(ONE + TWO + THREE, "python", lines)] == names


async def test_what_was_dismissed_is_told_to_the_model_of_its_persona_and_language(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"), review={"examples": 3})

    def entry(code: str, **more: str) -> Dismissal:
        given = {"persona": "reviewer", "language": "python", "path": "a.py", "unit": "f", "digest": "", "around": ""}
        return Dismissal(code=code, **(given | more))

    entries = (entry("mine"), entry("in go", language="go"), entry("another's", persona="security"))
    reviewing.context = replace(reviewing.context, baseline=Baseline(entries))
    assert len((await reviewing.one(ONE)).findings) == 1
    first = reviewing.engine.asked[0].messages[-1].content
    assert "- `mine`\n" in first
    assert "in go" not in first and "another" not in first


async def test_by_default_nothing_that_was_dismissed_is_told(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path, mend("one"))
    given = {"persona": "reviewer", "language": "python", "path": "a.py", "unit": "f", "digest": "", "around": ""}
    reviewing.context = replace(reviewing.context, baseline=Baseline((Dismissal(code="mine", **given),)))
    await reviewing.one(ONE)
    assert "mine" not in reviewing.engine.asked[0].messages[-1].content


CALL = '    {"name": "edit_file", "arguments": {"path": "a.py"}}\n'


@pytest.mark.parametrize("method", ["edit", "list"])
@pytest.mark.parametrize(
    ("answer", "finish", "says"),
    [
        ("", "stop", "gave no answer"),
        ("\n\n", "length", "cut off"),
        (CALL, "stop", "answered with"),
        ("The code above is correct, nothing has to change.\n", "stop", "prose"),
    ],
)
async def test_what_is_no_answer_is_no_approval(
    tmp_path: Path, method: str, answer: str, finish: Literal["stop", "length"], says: str
) -> None:
    chunks = (Chunk(answer),) if answer else ()
    reviewing = Reviewing(tmp_path, Rule("", chunks=chunks, finish=finish), review={"method": method})
    for _ in range(2):
        end = await reviewing.one(ONE)
        assert says in end.unread and "qwen2.5-coder:1.5b" in end.unread
        assert end.findings == () and not end.cached, "it is asked again at the next save"
    assert reviewing.kinds == ["chat", "chat"]


async def test_findings_that_were_drafted_while_thinking_are_none(tmp_path: Path) -> None:
    draft = '{"findings": [{"quote": "total = first - second", "message": "Perhaps wrong?", "fixed": "x"}]}'
    reviewing = Reviewing(tmp_path, review={"method": "list"})
    reviewing.engine.deltas = [
        Delta(f"Let me see. {draft}"),
        Delta('{"findings": []}', anew=True),
        Delta(finish="stop"),
    ]
    events = await reviewing.run(ONE)
    assert found(events) == [] and finished(events)[0].findings == () and finished(events)[0].unread == ""


async def test_a_model_that_only_thinks_is_told(tmp_path: Path) -> None:
    reviewing = Reviewing(tmp_path)
    reviewing.engine.deltas = [Delta(thinking="Hm."), Delta(finish="length")]
    end = await reviewing.one(ONE)
    assert "used up its tokens for thinking" in end.unread and end.findings == ()
