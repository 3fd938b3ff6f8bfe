"""Thinking on the wire: what servers are told of it, and that none of it is an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.engine.faulty_http import DONE, head
from tests.engine.playing import Played, ask, playing

from postil.core.request import ChatRequest, Delta, InfillRequest, Sampling, Think
from postil.engine.base import Engine, StreamBroken, TimeOuts
from postil.engine.dialect.observations import Observations
from postil.engine.hosts import address_of
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.answer import ChatAnswer
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.openai.request import chat_body
from postil.engine.stream.guard import TOKEN_CHARS, guarded_stream
from postil.engine.stream.redact import Redactor

LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
LOCAL = Redactor(lambda: address_of("http://127.0.0.1:1", "openai.base_url", allow_http=True))
BARE = ask("")


def ollama_lines(path: str, pieces: list[Any], body: dict[str, Any]) -> Iterable[bytes]:
    """Ollama 0.24: `message.thinking` in a chat, `thinking` in a generation."""

    def line(one: dict[str, Any], **more: Any) -> bytes:
        said = one if path == "/api/generate" else {"message": {"role": "assistant", **one}}
        return json.dumps({"model": "m", "done": False, **said, **more}).encode() + b"\n"

    yield head(kind="application/x-ndjson")
    *pieces, reason = pieces
    yield from map(line, pieces)
    yield line({}, done=True, done_reason=reason)


def openai_events(path: str, pieces: list[Any], body: dict[str, Any]) -> Iterable[bytes]:
    yield head()
    *pieces, reason = pieces
    for one in pieces:
        yield b"data: " + json.dumps({"choices": [{"delta": one, "finish_reason": None}]}).encode() + b"\n\n"
    yield b"data: " + json.dumps({"choices": [{"delta": {}, "finish_reason": reason}]}).encode() + b"\n\n"
    yield DONE


@asynccontextmanager
async def engine_of(kind: str, pieces: list[Any]) -> AsyncIterator[tuple[Engine, Played]]:
    lines = ollama_lines if kind == "ollama" else openai_events
    async with playing(lambda path, body: (404, "{}") if "raw" in path else pieces, lines) as server:
        made = OllamaEngine(server.url, LIMITS) if kind == "ollama" else OpenAICompatEngine(server.url, None, LIMITS)
        yield made, server
        await made.aclose()


async def read(engine: Engine, request: ChatRequest | InfillRequest) -> list[Delta]:
    stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
    async with aclosing(stream):
        return [delta async for delta in stream]


def heard(deltas: list[Delta]) -> tuple[str, str]:
    """The answer and the thoughts."""
    text = ""
    for delta in deltas:
        text = delta.text if delta.anew else text + delta.text
    return text, "".join(delta.thinking for delta in deltas)


@pytest.mark.parametrize("think", [None, False, True, "low"])
async def test_ollama_is_told_and_its_limit_has_the_room(think: Think | None) -> None:
    async with engine_of("ollama", [{"content": "x"}, "stop"]) as (engine, server):
        await read(engine, replace(BARE, think=think, think_tokens=100))
    (body,) = server.of("/api/chat")
    assert body.get("think") == think and ("think" in body) == (think is not None)
    assert body["options"]["num_predict"] == 140


async def test_a_completion_is_told_not_to_think() -> None:
    """Since 0.12.4 Ollama counts a `think` that isn't there as true."""
    async with engine_of("ollama", [{"response": "x"}, "stop"]) as (engine, server):
        await read(engine, InfillRequest("m", "a", "b", Sampling(max_tokens=9)))
    (body,) = server.of("/api/generate")
    assert body["think"] is False and body["options"]["num_predict"] == 9


@pytest.mark.parametrize(
    ("think", "fields"),
    [
        (None, {}),
        # Qwen's and most templates' name for it; Granite's and DeepSeek's.
        (False, {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}),
        (True, {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}}),
        # The API's own field; gpt-oss's template.
        ("low", {"reasoning_effort": "low", "chat_template_kwargs": {"reasoning_effort": "low"}}),
    ],
)
async def test_other_servers_are_told(think: Think | None, fields: dict[str, Any]) -> None:
    names = ("reasoning_effort", "chat_template_kwargs")
    for dialect in ("openai", "llama.cpp"):
        body = chat_body(replace(BARE, think=think), dialect)
        assert {name: body[name] for name in names if name in body} == fields
    async with engine_of("openai", [{"content": "x"}, "stop"]) as (engine, server):
        await read(engine, replace(BARE, think=think, think_tokens=100))
    (body,) = server.of("/v1/chat/completions")
    assert body["max_tokens"] == 140


THOUGHTS: list[tuple[str, list[Any]]] = [
    ("ollama", [{"thinking": "Hm", "content": ""}, {"thinking": "."}, {"content": "x"}]),
    ("openai", [{"reasoning_content": "Hm"}, {"reasoning_content": "."}, {"content": "x"}]),
    ("openai", [{"reasoning": "Hm"}, {"reasoning": "."}, {"content": "x"}]),
    # vLLM sent both for a while, OpenRouter still does.
    ("openai", [{"reasoning": "Hm.", "reasoning_content": "Hm."}, {"content": "x"}]),
    ("openai", [{"reasoning_content": "Hm.", "content": "x"}]),
    ("openai", [{"reasoning_content": "Hm.", "content": None}, {"reasoning_content": None, "content": "x"}]),
    # Mistral's API.
    (
        "openai",
        [
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
            {"content": [{"type": "text", "text": "x"}]},
        ],
    ),
    ("ollama", [{"content": "<thi"}, {"content": "nk>Hm."}, {"content": "</thi"}, {"content": "nk>x"}]),
    ("openai", [{"content": "Hm."}, {"content": "</think>"}, {"content": "x"}]),
    ("openai", [{"content": "<|channel|>analysis<|message|>Hm."}, {"content": "<|channel|>final<|message|>x"}]),
]


@pytest.mark.parametrize(("kind", "pieces"), THOUGHTS)
async def test_thoughts_are_no_answer_in_whichever_field_they_come(kind: str, pieces: list[Any]) -> None:
    async with engine_of(kind, [*pieces, "stop"]) as (engine, _):
        assert heard(await read(engine, replace(BARE, think_tokens=100))) == ("x", "Hm.")


async def test_thoughts_of_a_generation_are_no_answer() -> None:
    async with engine_of("ollama", [{"thinking": "Hm.", "response": ""}, {"response": "x"}, "stop"]) as (engine, _):
        assert heard(await read(engine, InfillRequest("m", "a", "b"))) == ("x", "Hm.")


async def test_ghost_text_has_no_tags() -> None:
    """A symptom: `<think>` was inserted at the cursor."""
    pieces = [{"response": "<think>"}, {"response": "\nHm.\n</think>\n"}, {"response": "x"}, "stop"]
    async with engine_of("ollama", pieces) as (engine, _):
        assert heard(await read(engine, InfillRequest("m", "a = ", "\n")))[0].strip() == "x"


def test_a_server_that_repeats_the_beginning_may_think_before_it() -> None:
    """A symptom: the thoughts were held back as a possible echo, and lost."""
    answer = ChatAnswer("```python\n")
    events = [{"reasoning_content": "Hm."}, {"content": "```python\n"}, {"content": "x"}]
    found = [delta for one in events for delta in answer.feed({"choices": [{"delta": one}]})]
    assert heard(found) == ("x", "Hm.")


async def test_probabilities_of_thoughts_are_no_evidence() -> None:
    """While a model thinks, Ollama's are the thinking's."""
    row = {"token": "Hm", "logprob": -0.1, "top_logprobs": [{"token": "Hm", "logprob": -0.1}]}
    said = {"role": "assistant", "content": "", "thinking": "Hm"}
    spoken = {"role": "assistant", "content": "x"}

    def lines(path: str, pieces: list[Any], body: dict[str, Any]) -> Iterable[bytes]:
        yield head(kind="application/x-ndjson")
        for message in (said, spoken):
            yield json.dumps({"model": "m", "done": False, "message": message, "logprobs": [row]}).encode() + b"\n"
        yield json.dumps(
            {"model": "m", "done": True, "done_reason": "stop", "message": spoken | {"content": ""}}
        ).encode()

    async with playing(lambda path, body: [], lines) as server:
        engine = OllamaEngine(server.url, LIMITS)
        found = await read(engine, replace(BARE, top_logprobs=1))
        await engine.aclose()
    assert [len(delta.tokens) for delta in found if delta.text or delta.thinking] == [0, 1]


# --- a model that thinks although nobody expects it


async def observed(request: ChatRequest, *deltas: Delta) -> str:
    seen = Observations()
    await guarded([*deltas, Delta(finish="stop")], request, seen)
    known = seen.of(request.model).thinking
    return known.value if known is not None else ""


async def guarded(deltas: list[Delta], request: ChatRequest, observations: Observations | None = None) -> list[Delta]:
    async def said() -> AsyncGenerator[Delta]:
        for delta in deltas:
            yield delta

    stream = guarded_stream(request, lambda sent: aclosing(said()), LOCAL, LIMITS, "It", observations)
    async with aclosing(stream):
        return [delta async for delta in stream]


async def test_an_ability_to_think_is_observed() -> None:
    thought = Delta(thinking="Hm.")
    assert await observed(BARE, thought) == "switch", "what is switched off is told so from now on"
    assert await observed(replace(BARE, think=False), thought) == "always", "it was told already"
    assert await observed(BARE, Delta("<think>Hm.</think>x")) == "switch"
    assert await observed(replace(BARE, think=False), Delta("<think>\n\n</think>x")) == "", "an empty one costs nothing"
    assert await observed(replace(BARE, think_tokens=10), thought) == "", "known already"
    assert await observed(BARE, Delta("x")) == ""


# --- bounds


async def test_thoughts_have_a_limit_of_their_own() -> None:
    """A symptom: thoughts were counted as the answer, which was cut off at its limit."""
    request = replace(BARE, think_tokens=50)
    found = await guarded([Delta(thinking="a")] * 50 + [Delta("x")] * 40 + [Delta(finish="stop")], request)
    assert heard(found) == ("x" * 40, "a" * 50) and found[-1].finish == "stop"
    found = await guarded([Delta(thinking="a")] * 500, request)
    assert found[-1].finish == "length" and len(found) <= 91
    found = await guarded([Delta(thinking="a"), *[Delta("x")] * 500], request)
    assert found[-1].finish == "length" and len(heard(found)[0]) == 40, "the answer doesn't get what wasn't thought"


async def test_thoughts_between_tags_have_it_too() -> None:
    request = replace(BARE, think_tokens=50)
    deltas = [Delta("<think>"), *[Delta("a")] * 48, Delta("</think>"), *[Delta("x")] * 40, Delta(finish="stop")]
    assert heard(await guarded(deltas, request))[0] == "x" * 40
    untold = [*[Delta("a")] * 48, Delta("</think>"), *[Delta("x")] * 40, Delta(finish="stop")]
    assert heard(await guarded(untold, request))[0] == "x" * 40


@pytest.mark.parametrize("room", [0, 50])
async def test_an_endless_answer_is_still_cut_off(room: int) -> None:
    request = replace(BARE, think_tokens=room)
    assert len(heard(await guarded([Delta("x")] * 500, request))[0]) <= 40 + room
    found = await guarded([Delta("x" * TOKEN_CHARS)] * 500, request)
    assert len(heard(found)[0]) <= (40 + room) * TOKEN_CHARS


async def test_a_thought_is_a_first_token() -> None:
    """A model may think longer than it may be silent: from the first thought on, the other limit counts."""

    async def said() -> AsyncGenerator[Delta]:
        yield Delta(thinking="Hm.")
        await asyncio.Event().wait()

    limits = TimeOuts(connect=1.0, first_token=600.0, between_tokens=0.05)
    stream = guarded_stream(BARE, lambda sent: aclosing(said()), LOCAL, limits, "It")
    async with aclosing(stream):
        assert (await anext(stream)).thinking == "Hm."
        with pytest.raises(StreamBroken, match="between_tokens"):
            await anext(stream)
