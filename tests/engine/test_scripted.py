"""The scripted engine: which rule answers, and what the journal says of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from postil.core.embedding import BATCH_TEXTS
from postil.core.request import ChatRequest, EmbedRequest
from postil.core.review.profile import UNMEASURED, profiles
from postil.core.review.prompt import UnitPrompt, edit_request, in_context_request, why_request
from postil.core.review.rewrite import Rewrite, begin_of
from postil.core.syntax.split import split_units
from postil.engine.base import EngineRefused, EngineUnavailable, StreamBroken
from postil.engine.scripted import ScriptedEngine
from postil.service.personas.load import load_personas

CODE = 'def add(a, b):\n    """Both."""\n    total = a - b\n    print(total)\n    return total\n'
PROFILE = profiles()[UNMEASURED]


def asked() -> UnitPrompt:
    (unit,) = split_units(CODE, "python")
    return UnitPrompt("m", PROFILE, load_personas().personas["reviewer"], unit, 8192)


def engine(tmp_path: Path, *rules: dict[str, Any]) -> ScriptedEngine:
    script = tmp_path / "script.json"
    script.write_text(json.dumps(rules), encoding="utf-8")
    return ScriptedEngine.from_file(script, tmp_path / "journal")


def events(tmp_path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in (tmp_path / "journal").read_text(encoding="utf-8").splitlines()]


async def said(playing: ScriptedEngine, request: ChatRequest) -> str:
    async with aclosing(playing.chat(request)) as stream:
        return "".join([delta.text async for delta in stream])


async def test_without_rules_a_rewrite_is_a_copy_and_every_question_has_an_answer(tmp_path: Path) -> None:
    playing = engine(tmp_path)
    question = asked()
    copy = await said(playing, edit_request(question))
    assert question.unit.until(begin_of(question.unit, PROFILE)) + copy == question.unit.text
    rewrite = Rewrite(question.unit, PROFILE)
    hunk = rewrite.feed(copy.replace("a - b", "a + b") + "\n")
    assert hunk is not None
    assert await said(playing, why_request(question, hunk, rewrite.text)) == "Because it is wrong."
    assert [delta.text async for delta in playing.infill(in_context_request(question, hunk))] == [""]
    assert events(tmp_path) == ["started", "finished"] * 3


async def test_the_first_rule_that_matches_answers_so_often(tmp_path: Path) -> None:
    playing = engine(
        tmp_path,
        {"match": {"contains": "def other"}, "chunks": [{"text": "no"}]},
        {"match": {"contains": "def add"}, "chunks": [{"text": "o"}, {"text": "nce"}], "times": 1},
        {"match": {"contains": "def add"}, "echo": True, "replace": [["a - b", "a + b"]]},
    )
    request = edit_request(asked())
    assert await said(playing, request) == "once"
    assert "total = a + b\n" in await said(playing, request)


@pytest.mark.parametrize(
    ("error", "raised", "pieces"),
    [("unavailable", EngineUnavailable, 0), ("refused", EngineRefused, 0), ("broken", StreamBroken, 1)],
)
async def test_errors(tmp_path: Path, error: str, raised: type[Exception], pieces: int) -> None:
    playing = engine(tmp_path, {"match": {"contains": ""}, "error": error, "chunks": [{"text": "x"}]})
    heard = []
    with pytest.raises(raised):
        async for delta in playing.chat(edit_request(asked())):
            heard.append(delta.text)
    assert len(heard) == pieces
    assert events(tmp_path) == ["started", "failed"]


async def test_a_reader_that_leaves_and_one_that_is_cancelled(tmp_path: Path) -> None:
    playing = engine(tmp_path, {"match": {"contains": ""}, "echo": True, "hold": str(tmp_path / "never")})
    request = edit_request(asked())
    async with aclosing(playing.chat(request)) as stream:
        await anext(stream)
    task = asyncio.create_task(said(playing, request))
    async with asyncio.timeout(10):
        while len(events(tmp_path)) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events(tmp_path) == ["started", "closed", "started", "cancelled"]


@pytest.mark.parametrize("rule", [{"reply": "x"}, {"error": "odd"}])
def test_a_script_with_a_slip_is_refused(tmp_path: Path, rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the script has"):
        engine(tmp_path, rule)


async def test_texts_with_the_same_words_have_vectors_that_are_near(tmp_path: Path) -> None:
    playing = engine(tmp_path)
    found = await playing.embed(
        EmbedRequest("m", ("read a file", "file: a_read", "sum of prices", *["x"] * BATCH_TEXTS))
    )
    first, second, other, *_ = found.vectors
    assert first == second and sum(map(float.__mul__, first, other)) < 0.5
    assert (found.dimension, len(found.vectors)) == (64, 3 + BATCH_TEXTS)
    assert events(tmp_path) == ["started", "finished"] * 2, "one for each batch"


async def test_vectors_fail_and_wait_as_the_script_says(tmp_path: Path) -> None:
    held = tmp_path / "held"
    waits = {"kind": "embed", "match": {"contains": "slow"}, "chunks": [{"text": ""}], "hold": str(held)}
    playing = engine(tmp_path, waits, {"kind": "embed", "match": {"contains": "bad"}, "error": "refused"})
    with pytest.raises(EngineRefused, match="The script says refused"):
        await playing.embed(EmbedRequest("m", ("a bad text",)))
    task = asyncio.create_task(playing.embed(EmbedRequest("m", ("a slow text",))))
    async with asyncio.timeout(10):
        while events(tmp_path).count("started") < 2:  # noqa: ASYNC110 - another task writes it
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert events(tmp_path) == ["started", "failed", "started", "cancelled"]
