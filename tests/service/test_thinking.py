"""Reviews by models that think: what they are told, and what becomes of their thoughts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.service.reviewing import Reviewing, finished, found, function, mend

from postil.core.actions.request import Subject
from postil.core.models.abilities import Thinking
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta
from postil.core.review.finding import Span
from postil.engine.dialect.observations import Observations
from postil.engine.scripted import Chunk, Rule
from postil.engine.stream.watch import Watch
from postil.service.actions.run import ActionRun
from postil.service.review.events import FindingUpdated
from postil.service.review.fix_writing import FixWriting

ONE = function("one")
FIXED = "def one(first, second):\n    total = first + second\n    print(total)\n    return total\n"
LISTED = Rule("", chunks=(Chunk('{"findings": []}'),))


class Thinker(Reviewing):
    """A review by a model that thinks in this way."""

    def __init__(self, folder: Path, thinking: Thinking, *rules: Rule, **more: Any) -> None:
        super().__init__(folder, *rules, **more)
        self.engine.thinking = thinking

    @property
    def told(self) -> list[tuple[object, int]]:
        return [(request.think, request.think_tokens) for request in self.engine.asked]


@pytest.mark.parametrize("method", ["edit", "list"])
@pytest.mark.parametrize(
    ("thinking", "told"),
    [("none", (None, 0)), ("switch", (False, 0)), ("levels", ("low", 2048)), ("always", (None, 2048))],
)
async def test_by_default_a_model_thinks_as_little_as_it_can(
    tmp_path: Path, method: str, thinking: Thinking, told: tuple[object, int]
) -> None:
    reviewing = Thinker(
        tmp_path, thinking, mend("one") if method == "edit" else LISTED, review={"method": method, "reason": True}
    )
    end = await reviewing.one(ONE)
    assert end.unread == "" and len(end.findings) == (method == "edit")
    assert set(reviewing.told) == {told}
    if method == "edit":
        rewrite, sentence = reviewing.engine.asked[:2]
        assert rewrite.prefill, "no thought comes before an answer that is begun"
        # A line end within its thoughts would be the end of the sentence.
        assert ("\n" in sentence.sampling.stop) == (told[1] == 0)


async def test_a_model_that_is_to_think_rewrites_the_whole_unit(tmp_path: Path) -> None:
    reviewing = Thinker(tmp_path, "switch", review={"think": True, "think_tokens": 300, "reason": True})
    answer = [Delta(thinking="A sum."), Delta(f"```python\n{FIXED}```\n"), Delta(finish="stop")]
    reviewing.engine.deltas = answer
    events = await reviewing.run(ONE)
    rewrite, sentence = reviewing.engine.asked
    assert (rewrite.think, rewrite.think_tokens, rewrite.prefill) == (True, 300, "")
    assert (sentence.think, sentence.think_tokens) == (False, 0), "a sentence is worth no thought"
    (finding,) = found(events)
    assert finding.fix is not None and finding.fix.new == "    total = first + second"


async def test_a_persona_decides_before_the_setting(tmp_path: Path) -> None:
    for persona, setting, told in (("high", False, "high"), (False, "high", "low"), (None, "medium", "medium")):
        reviewing = Thinker(tmp_path, "levels", LISTED, review={"method": "list", "think": setting})
        reviewing.persona(think=persona)
        await reviewing.run(ONE)
        assert reviewing.told == [(told, 2048)]


async def test_another_way_to_think_makes_a_review_new(tmp_path: Path) -> None:
    reviewing = Thinker(tmp_path, "levels", mend("one"))
    await reviewing.run(ONE)
    assert (await reviewing.one(ONE)).cached
    reviewing.persona(think="low")
    assert not (await reviewing.one(ONE)).cached


async def test_thoughts_need_room_in_the_context(tmp_path: Path) -> None:
    for method in ("edit", "list"):
        reviewing = Thinker(tmp_path, "always", review={"method": method, "think_tokens": 4000}, num_ctx=4096)
        end = await reviewing.one(ONE)
        assert "num_ctx (4096 tokens, 4000 of them for thinking)" in end.unread and not reviewing.engine.asked


# --- a model that thinks although nobody expects it


def unexpected(reviewing: Reviewing, room: int, answer: str) -> None:
    """The model thinks before each answer whatever it is told, and has an answer only with `room` to think."""
    engine, seen = reviewing.engine, Observations()

    async def chat(request: ChatRequest) -> AsyncGenerator[Delta]:
        engine.asked.append(request)
        watch = Watch(request, seen)
        yield watch.seen(Delta(thinking="Hm."))
        if request.think_tokens < room:
            yield Delta(finish="length")
            return
        yield Delta(answer)
        yield Delta(finish="stop")

    def observed(model: str) -> Observed:
        return seen.of(model)

    engine.chat = chat
    engine.observed = observed


@pytest.mark.parametrize(
    ("method", "answer"),
    [("edit", "    total = first - second\n    print(total)\n    return total\n```\n"), ("list", '{"findings": []}')],
)
async def test_it_is_asked_again_with_room_to_think(tmp_path: Path, method: str, answer: str) -> None:
    """A symptom: it was never reviewed, and the editor said "0 notes"."""
    reviewing = Reviewing(tmp_path, review={"method": method})
    unexpected(reviewing, 2048, answer)
    end = await reviewing.one(ONE)
    assert end.unread == "" and end.findings == ()
    told = [(request.think, request.think_tokens) for request in reviewing.engine.asked]
    # Told not to first; it is known for good then.
    assert told == [(None, 0), (False, 0), (None, 2048)]
    await reviewing.run(function("two"))
    assert [request.think_tokens for request in reviewing.engine.asked[3:]] == [2048]


@pytest.mark.parametrize("method", ["edit", "list"])
async def test_what_is_never_answered_is_told_with_the_next_step(tmp_path: Path, method: str) -> None:
    reviewing = Reviewing(tmp_path, review={"method": method})
    unexpected(reviewing, 100_000, "")
    end = await reviewing.one(ONE)
    assert "used up its tokens for thinking: raise review.think_tokens" in end.unread
    assert end.findings == () and len(reviewing.engine.asked) == 3


# --- the sentence


def speaking(reviewing: Reviewing, *sentence: Delta) -> None:
    """The rewrite is right; the sentence is said so."""

    async def chat(request: ChatRequest) -> AsyncGenerator[Delta]:
        reviewing.engine.asked.append(request)
        if request.prefill:
            yield Delta("    total = first + second\n    print(total)\n    return total\n```\n")
            yield Delta(finish="stop")
            return
        for delta in sentence:
            yield delta

    reviewing.engine.chat = chat


SAID = " qwen2.5-coder:1.5b says: “It subtracts.”"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ([Delta(thinking="Hm."), Delta("It subtracts.\n\nSo"), Delta(finish="stop")], SAID),
        # Thoughts without a mark, which the closing tag makes known.
        ([Delta("Okay, so\nthe user"), Delta("It subtracts.", anew=True), Delta(finish="stop")], SAID),
        ([Delta("Okay, so\nthe user"), Delta(finish="length")], ""),
        ([Delta("It subtracts."), Delta(finish="stop")], SAID),
        ([Delta(thinking="Hm."), Delta(finish="length")], ""),
    ],
)
async def test_no_thought_becomes_the_sentence_of_a_note(tmp_path: Path, sentence: list[Delta], message: str) -> None:
    """A symptom: notes read "<think> Suggested: …"."""
    reviewing = Thinker(tmp_path, "always", review={"reason": True})
    speaking(reviewing, *sentence)
    events = await reviewing.run(ONE)
    ours = "Opinion (no better than chance): the fix calculates with `+` instead of `-`."
    assert finished(events)[0].findings[0].message == ours + message
    shown = [event.finding.message for event in events if isinstance(event, FindingUpdated)]
    assert not any("Okay" in one for one in shown)


# --- lists


DRAFT = '{"quote": "total = first - second", "message": "Perhaps a sum?", "fixed": "total = first + second"}'


@pytest.mark.parametrize(
    ("answer", "finish", "findings", "unread"),
    [
        (f"Perhaps {DRAFT}? No, it is right.\n" + '{"findings": []}', "stop", 0, ""),
        (f"Perhaps {DRAFT}? Yes.\n" + f'{{"findings": [{DRAFT}]}}', "stop", 1, ""),
        (f"Perhaps {DRAFT}? Or", "length", 0, "cut off"),
        (f'{{"findings": [{DRAFT}, {{"quo', "length", 1, ""),
    ],
)
async def test_a_list_that_is_drafted_aloud_is_read_from_its_end(
    tmp_path: Path, answer: str, finish: Any, findings: int, unread: str
) -> None:
    reviewing = Reviewing(tmp_path, review={"method": "list"})
    reviewing.engine.deltas = [Delta(answer), Delta(finish=finish)]
    events = await reviewing.run(ONE)
    (end,) = finished(events)
    assert len(end.findings) == findings and unread in end.unread
    assert len(found(events)) <= findings, "no draft is shown either"
    assert bool(end.unread) == bool(unread)


# --- fixes and actions


async def test_a_fix_is_written_by_a_model_that_thinks(tmp_path: Path) -> None:
    reviewing = Thinker(tmp_path, "levels", mend("one"), review={"think": "high"})
    reviewing.engine.deltas = [Delta(thinking="A sum."), Delta(f"```python\n{FIXED}```\n"), Delta(finish="stop")]
    (finding,) = (await reviewing.one(ONE)).findings
    from postil.core.syntax.split import plan

    writing = FixWriting(reviewing.context, plan(ONE, "python")[0], replace(finding, fix=None))
    async for _ in writing.steps():
        pass
    assert writing.fix is not None and writing.fix.new == "    total = first + second", writing.why
    assert reviewing.engine.asked[-1].think == "high" and not reviewing.engine.asked[-1].prefill


@pytest.mark.parametrize(
    ("deltas", "why"),
    [
        ([Delta(thinking="Hm."), Delta(finish="length")], "used up its tokens for thinking"),
        ([Delta(finish="stop")], "gave no answer"),
    ],
)
async def test_an_action_without_an_answer_says_why(tmp_path: Path, deltas: list[Delta], why: str) -> None:
    for does in ("replace", "show"):
        reviewing = Thinker(tmp_path, "switch")
        reviewing.persona(role="action", does=does)
        reviewing.engine.deltas = deltas
        run = ActionRun(reviewing.context, Subject("one", "python", Span(0, 4), ONE.strip()))
        async for _ in run.steps():
            pass
        assert why in run.why and run.code is None
        assert reviewing.told == [(False, 0)]
