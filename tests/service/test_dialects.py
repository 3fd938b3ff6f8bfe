"""Reviews, fixes and actions with servers that don't continue an answer, or tell no probabilities: no note is lost, and
none is false."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from tests.engine.playing import Played, Player, Reply, playing_ollama, playing_openai, rendered

from postil.core.actions.request import subject_of
from postil.core.models.abilities import Abilities, Fact
from postil.core.review.finding import Finding, Fix, Severity, Span
from postil.core.syntax.split import plan
from postil.engine.base import Engine, TimeOuts
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.service.actions.run import ActionRun
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.events import FindingFound, UnitFinished
from postil.service.review.fallback import Fallback
from postil.service.review.fix_writing import FixWriting
from postil.service.review.methods.edit import NO_PROBABILITIES
from postil.service.review.units import review_units
from postil.settings import Settings

MODEL = "qwen2.5-coder:1.5b"
LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
RIGHT = "def total(first, second):\n    result = first + second\n    print(result)\n    return result\n"
WRONG = RIGHT.replace("first + ", "first - ")
OTHER = WRONG.replace("total", "other")
INSTEAD = "    result = first + second"


def context(engine: Engine, **settings: Any) -> ReviewContext:
    return ReviewContext(engine, MODEL, load_personas().personas["reviewer"], Settings(**settings), ReviewCache())


def openai(server: Played) -> Engine:
    return OpenAICompatEngine(server.url, None, LIMITS)


async def reviewed(context: ReviewContext, text: str = WRONG) -> tuple[list[Finding], list[UnitFinished]]:
    async with aclosing(review_units(context, plan(text, "python"), Fallback(), print)) as stream:
        events = [event async for event in stream]
    ends = [event for event in events if isinstance(event, UnitFinished)]
    return [event.finding for event in events if isinstance(event, FindingFound)], ends


def begun(body: dict[str, Any]) -> bool:
    return body["messages"][-1]["role"] == "assistant"


def whole(name: str = "total", word: str = "python") -> list[str]:
    """The unit written anew, a token or so at a time."""
    return [f"```{word}\n", *RIGHT.replace("total", name).replace(" ", "\0 ").split("\0"), "```\n", "It adds now."]


def asked_for(body: dict[str, Any]) -> str:
    user = [message["content"] for message in body["messages"] if message["role"] == "user"]
    return "why" if len(user) > 1 else "other" if "def other" in user[0] else "total"


def starting_over(path: str, body: dict[str, Any]) -> Reply:
    if path == "/v1/models":
        return 200, {"data": [{"id": MODEL}]}
    name = asked_for(body)
    return ["The sum was a difference."] if name == "why" else whole(name)


def refusing(status: int, words: str) -> Player:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path != "/v1/models" and begun(body):
            return status, {"error": {"message": words}}
        return starting_over(path, body)

    return play


def unnamed(path: str, body: dict[str, Any]) -> Reply:
    """As `starting_over`, with fences without a word."""
    reply = starting_over(path, body)
    return [reply[0].replace("python", ""), *reply[1:]] if isinstance(reply, list) else reply


def talking(path: str, body: dict[str, Any]) -> Reply:
    reply = starting_over(path, body)
    return (
        ["Here is the corrected code:\n\n", *reply] if isinstance(reply, list) and asked_for(body) != "why" else reply
    )


SERVERS: dict[str, Player] = {
    "ignores the beginning": starting_over,
    "ignores it, and opens without a word": unnamed,
    "ignores it, and talks first": talking,
    "refuses it": refusing(400, "Assistant response prefill is incompatible with enable_thinking."),
    "refuses it in other words": refusing(422, "roles must alternate"),
    "refuses it without a word": refusing(400, ""),
    "can't do it": refusing(501, "not implemented"),
}


@pytest.mark.parametrize("play", SERVERS.values(), ids=SERVERS.keys())
async def test_a_server_that_doesn_t_continue_is_reviewed_with_all_the_same(play: Player) -> None:
    """The symptoms: every review failed; or `return result` → "remove it"."""
    async with playing_openai(play) as server:
        engine = openai(server)
        findings, ends = await reviewed(context(engine))
        await engine.aclose()
    (finding,) = findings
    assert finding.fix == Fix(Span(1, 2), WRONG.splitlines()[1], INSTEAD)
    assert len(ends) == 1


@pytest.mark.parametrize("play", SERVERS.values(), ids=SERVERS.keys())
async def test_a_copy_from_the_first_line_is_no_difference(play: Player) -> None:
    async with playing_openai(play) as server:
        engine = openai(server)
        findings, _ = await reviewed(context(engine), RIGHT)
        count = len(server.asked)
        await reviewed(context(engine), RIGHT)
        # The next request goes right at once.
        assert len(server.asked) == count + 2
        assert not begun(server.asked[-1][1])
        await engine.aclose()
    assert findings == []


async def test_an_answer_that_was_cut_because_it_began_anew_is_asked_for_once_more() -> None:
    """The limit was for the rest of the unit, and the head is long."""
    docstring = "\n".join(f"    Line {number} of a long explanation of this function." for number in range(40))
    right = RIGHT.replace("second):\n", f'second):\n    """Adds.\n\n{docstring}\n    """\n')
    text = right.replace("first + ", "first - ")

    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/v1/models" or asked_for(body) == "why":
            return starting_over(path, body)
        return ["```python\n", *right.replace(" ", "\0 ").split("\0"), "```"][: body["max_tokens"]]

    async with playing_openai(play) as server:
        engine = openai(server)
        findings, _ = await reviewed(context(engine), text)
        await engine.aclose()
    assert [finding.fix and finding.fix.new for finding in findings] == [INSTEAD]
    chats = server.of("/v1/chat/completions")
    assert chats[1]["max_tokens"] > chats[0]["max_tokens"]


@pytest.mark.parametrize("said", ["I see no defect in this code.", "```python\n```", "", "Sure! Here it is:"])
@pytest.mark.parametrize("play", [starting_over, refusing(400, "no prefill")], ids=["ignored", "refused"])
async def test_an_answer_without_code_is_no_note(said: str, play: Player) -> None:
    def without_code(path: str, body: dict[str, Any]) -> Reply:
        reply = play(path, body)
        return [said] if isinstance(reply, list) else reply

    async with playing_openai(without_code) as server:
        engine = openai(server)
        for _ in range(2):
            findings, _ = await reviewed(context(engine))
            assert findings == []
        await engine.aclose()


def finding() -> Finding:
    (unit,) = plan(WRONG, "python")
    quote = WRONG.splitlines()[1]
    return Finding("reviewer", "list", unit.digest, Span(1, 2), quote, "It subtracts.", Severity.WARNING, 1.0)


@pytest.mark.parametrize("play", SERVERS.values(), ids=SERVERS.keys())
async def test_a_fix_is_written_from_the_first_line(play: Player) -> None:
    async with playing_openai(play) as server:
        engine = openai(server)
        for _ in range(2):
            (unit,) = plan(WRONG, "python")
            writing = FixWriting(context(engine), unit, finding())
            _ = [step async for step in writing.steps()]
            assert writing.fix is not None, writing.why
            assert writing.fix.new == INSTEAD
        await engine.aclose()


@pytest.mark.parametrize("play", SERVERS.values(), ids=SERVERS.keys())
async def test_an_action_takes_the_code_of_an_answer_that_begins_anew(play: Player) -> None:
    persona = next(one for one in load_personas().personas.values() if one.does == "replace")
    subject = subject_of(WRONG, "python", Span(0, 0))
    assert subject is not None
    async with playing_openai(play) as server:
        engine = openai(server)
        for _ in range(2):
            run = ActionRun(replace(context(engine), persona=persona), subject)
            _ = [step async for step in run.steps()]
            assert run.code == RIGHT.rstrip(), run.why
        await engine.aclose()


# --- an Ollama that ignores `logprobs`


def old_ollama(path: str, body: dict[str, Any]) -> Reply:
    """Before 0.12.11, or a fork: no tokens, whatever is asked for."""
    if path == "/api/tags":
        return 200, {"models": [{"model": MODEL, "name": MODEL}]}
    if body.get("_debug_render_only"):
        said = [message["content"] for message in body["messages"]]
        return rendered("<|im_start|>assistant\n".join(said))
    if path == "/api/generate":
        return [INSTEAD] if not body.get("logprobs") else ["+"]
    name = asked_for(body)
    if name == "why":
        return ["The sum was a difference."]
    done = body["messages"][-1]["content"].count("\n") - 1
    rest = [str(line) for line in RIGHT.splitlines(keepends=True)[done:]]
    return rest


async def test_an_engine_that_tells_no_probabilities_shows_its_notes() -> None:
    """A symptom: no note was ever shown, the score without evidence was below the threshold for ever."""
    async with playing_ollama(old_ollama) as server:
        engine = OllamaEngine(server.url, LIMITS)
        findings, ends = await reviewed(context(engine))
        more, others = await reviewed(context(engine), OTHER)
        asked = [body for body in server.of("/api/generate") if body.get("logprobs")]
        facts = await engine.facts()
        await engine.aclose()
    assert [one.fix and one.fix.new for one in (*findings, *more)] == [INSTEAD, INSTEAD]
    assert [list(end.notes) for end in (*ends, *others)] == [[NO_PROBABILITIES], [NO_PROBABILITIES]]
    # Asked for once: after that it is known.
    assert len(asked) == 1
    (model,) = facts.models
    assert (model.abilities.logprobs.value, model.abilities.logprobs.origin) == (False, "probe")


@pytest.mark.parametrize("said", [[], [""]])
async def test_answers_without_text_don_t_hide_notes_of_an_engine_that_never_told_probabilities(
    said: list[str],
) -> None:
    def silent(path: str, body: dict[str, Any]) -> Reply:
        return said if path == "/api/generate" else old_ollama(path, body)

    async with playing_ollama(silent) as server:
        engine = OllamaEngine(server.url, LIMITS)
        findings, (end,) = await reviewed(context(engine))
        await engine.aclose()
    assert len(findings) == 1
    assert end.notes == (NO_PROBABILITIES,)


async def test_what_is_found_out_in_a_review_doesn_t_make_the_next_one_anew() -> None:
    async with playing_ollama(old_ollama) as server:
        engine = OllamaEngine(server.url, LIMITS)
        ctx = context(engine)
        await reviewed(ctx)
        count = len(server.asked)
        findings, (end,) = await reviewed(ctx)
        await engine.aclose()
        assert end.cached
        assert len(server.asked) == count + 1
    assert findings == []


def test_an_answer_is_begun_unless_it_is_known_that_it_can_t_be() -> None:
    assert Abilities().begins
    assert Abilities(prefill=Fact("none")).begins, "nothing is known: the first answer shows it"
    assert Abilities(prefill=Fact("raw", "probe")).begins
    assert not Abilities(prefill=Fact("none", "probe")).begins
