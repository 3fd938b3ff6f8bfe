"""Ollama, played by a server that answers as it is told: what is sent, and every way to fail."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from tests.engine.faulty_http import Step, head, refusal, serving

from postil.core.request import ChatRequest, Delta, InfillRequest, LoadOptions, Message, Sampling
from postil.engine.base import (
    EngineError,
    EngineRefused,
    EngineUnavailable,
    ModelMissing,
    OutOfMemory,
    StreamBroken,
    TimeOuts,
)
from postil.engine.ollama.engine import OllamaEngine

ASK = ChatRequest("m:1b", (Message("user", "Hello"),))
GAP = InfillRequest("m:1b", "before", "after")
# Far more than anything here takes; only what stalls is waited for.
LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
# For those that stall before the first token, and after it.
SHORT = {
    "timeouts.first_token": replace(LIMITS, first_token=0.3),
    "timeouts.between_tokens": replace(LIMITS, between_tokens=0.1),
}
HEAD = head(kind="application/x-ndjson")


def line(**value: Any) -> bytes:
    return json.dumps({"model": "m:1b", **value}, ensure_ascii=False).encode() + b"\n"


def said(text: str, **more: Any) -> bytes:
    """A piece of an answer of /api/chat."""
    return line(message={"role": "assistant", "content": text}, done=False, **more)


def end(reason: str = "stop", **counters: Any) -> bytes:
    return line(message={"role": "assistant", "content": ""}, done=True, done_reason=reason, **counters)


async def read(
    url: str,
    request: ChatRequest | InfillRequest = ASK,
    limits: TimeOuts = LIMITS,
    keep_alive: str | None = None,
) -> list[Delta]:
    engine = OllamaEngine(url, limits, keep_alive)
    stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
    try:
        async with aclosing(stream):
            return [delta async for delta in stream]
    finally:
        await engine.aclose()


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


async def test_a_whole_answer() -> None:
    counters = {
        "prompt_eval_count": 9,
        "eval_count": 2,
        "prompt_eval_duration": 1_500_000_000,
        "eval_duration": 250_000_000,
    }
    async with serving(HEAD, said("Hel"), said("lo"), end("length", **counters)) as server:
        deltas = await read(server.url)
    assert text(deltas) == "Hello"
    assert [delta.finish for delta in deltas] == [None, None, "length"]
    usage = deltas[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.output_tokens, usage.cached_tokens) == (9, 2, None)
    assert (usage.prompt_seconds, usage.output_seconds) == pytest.approx((1.5, 0.25))


async def test_what_is_asked_for_is_sent() -> None:
    request = ChatRequest(
        "m:1b",
        (Message("system", "Be brief."), Message("user", "Hello")),
        prefill="Well",
        sampling=Sampling(temperature=0.0, top_k=1, seed=5, max_tokens=7, stop=("\n",)),
        load=LoadOptions(num_ctx=2048, num_thread=3),
        top_logprobs=3,
        json_schema='{"type": "object"}',
    )
    async with serving(HEAD, said(", yes"), end()) as server:
        assert text(await read(server.url, request)) == ", yes"
    (asked,) = server.asked
    assert asked.line == "POST /api/chat HTTP/1.1"
    assert asked.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Well"},
    ]
    assert asked.body["options"] == {
        "temperature": 0.0,
        "top_k": 1,
        "seed": 5,
        "num_predict": 7,
        "stop": ["\n"],
        "num_ctx": 2048,
        "num_thread": 3,
    }
    assert (asked.body["stream"], asked.body["logprobs"], asked.body["top_logprobs"]) == (True, True, 3)
    assert asked.body["format"] == {"type": "object"}


async def test_an_answer_may_begin_like_its_prefill() -> None:
    """Ollama doesn't repeat it, so nothing is stripped."""
    request = ChatRequest("m:1b", (Message("user", "Hello"),), prefill="Well")
    async with serving(HEAD, said("Well"), end()) as server:
        assert text(await read(server.url, request)) == "Well"


@pytest.mark.parametrize(("suffix", "sent"), [("after", "after"), ("", "\n")])
async def test_infill(suffix: str, sent: str) -> None:
    request = InfillRequest("m:1b", "before", suffix, Sampling(max_tokens=5), top_logprobs=20, begun=" x")
    steps = (HEAD, line(response="mid", done=False), line(response="", done=True, done_reason="stop"))
    async with serving(*steps) as server:
        deltas = await read(server.url, request)
    assert text(deltas) == "mid"
    assert deltas[-1].finish == "stop"
    (asked,) = server.asked
    assert asked.line == "POST /api/generate HTTP/1.1"
    assert (asked.body["prompt"], asked.body["suffix"], asked.body["top_logprobs"]) == ("before x", sent, 20)
    assert asked.body["options"]["num_predict"] == 5


@pytest.mark.parametrize(("given", "sent"), [("5m", "5m"), ("-1", -1), ("300", 300), ("0", 0), (None, "absent")])
@pytest.mark.parametrize("request_", [ASK, GAP], ids=["chat", "infill"])
async def test_how_long_the_model_stays(given: str | None, sent: object, request_: ChatRequest | InfillRequest) -> None:
    """A number in quotes is refused by Ollama ("time: missing unit in duration")."""
    last = end() if request_ is ASK else line(response="", done=True)
    async with serving(HEAD, last) as server:
        await read(server.url, request_, keep_alive=given)
    found = server.asked[0].body.get("keep_alive", "absent")
    assert (type(found) is str, found) == (type(sent) is str, sent)


async def test_probabilities() -> None:
    rows = [
        {
            "token": "a",
            "logprob": -0.5,
            "top_logprobs": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1}],
        }
    ]
    async with serving(HEAD, said("a", logprobs=rows), end()) as server:
        delta, _ = await read(server.url)
    (token,) = delta.tokens
    assert (token.text, token.logprob) == ("a", -0.5)
    assert [(other.text, other.logprob) for other in token.top] == [("a", -0.5), ("b", -1.0)]


async def test_characters_and_lines_in_pieces() -> None:
    # Go's encoder escapes U+2028, at which httpx would cut the line.
    raw = said("Grüße, 世界 🙂\u2028.").replace("\u2028".encode(), b"\\u2028") + end()
    async with serving(HEAD, *(raw[index : index + 1] for index in range(len(raw)))) as server:
        assert text(await read(server.url)) == "Grüße, 世界 🙂\u2028."


RETRY = "Save again to retry"
ERROR = '{"error": "the reason"}'
# As 0.24 says it (llm/server.go).
NO_MEMORY = '{"error": "model requires more system memory (4.9 GiB) than is available (2.1 GiB)"}'
FAULTS: list[tuple[str, tuple[Step, ...], type[EngineError], str]] = [
    ("end before the first byte", (), EngineUnavailable, RETRY),
    ("reset before the first byte", ("reset",), EngineUnavailable, RETRY),
    ("stall before the first byte", ("stall",), EngineUnavailable, "timeouts.first_token"),
    ("stall before the first token", (HEAD, "stall"), EngineUnavailable, "timeouts.first_token"),
    ("stall in the middle", (HEAD, said("a"), "stall"), StreamBroken, "timeouts.between_tokens"),
    ("end in the middle", (HEAD, said("a")), StreamBroken, f"half-way. {RETRY}"),
    ("a page", (refusal(200, "<html>", "text/html"),), EngineUnavailable, "is not Ollama: set ollama.host"),
    ("a list", (HEAD, b"[1]\n"), EngineUnavailable, "is not Ollama: set ollama.host"),
    ("another shape", (HEAD, line(message=7)), EngineUnavailable, "is not Ollama: set ollama.host"),
    ("no JSON in the middle", (HEAD, said("a"), b"{\n"), StreamBroken, f"an answer that can't be read. {RETRY}"),
    ("a list in the middle", (HEAD, said("a"), b"[1]\n"), StreamBroken, f"an answer that can't be read. {RETRY}"),
    ("an error at once", (HEAD, ERROR.encode() + b"\n"), EngineRefused, "the reason.*Its own log"),
    ("an error in the middle", (HEAD, said("a"), ERROR.encode() + b"\n"), StreamBroken, f"the reason.*{RETRY}"),
    ("400", (refusal(400, ERROR),), EngineRefused, "the reason.*Its own log"),
    ("401", (refusal(401, ERROR),), EngineRefused, "the reason.*Its own log"),
    ("404 of a model", (refusal(404, '{"error": "model not found"}'),), ModelMissing, "postil models pull m:1b"),
    ("429", (refusal(429, ERROR),), EngineUnavailable, "busy .*the reason.*Save again"),
    ("500", (refusal(500, ERROR),), EngineRefused, "the reason.*Its own log"),
    ("no memory", (refusal(500, NO_MEMORY),), OutOfMemory, "4.9 GiB.*model.review.*lower num_ctx"),
    ("500 with a list", (refusal(500, "[1]"),), EngineUnavailable, "is not Ollama"),
    ("503", (refusal(503, ERROR),), EngineUnavailable, "busy .*the reason.*Save again"),
]


@pytest.mark.parametrize(("steps", "kind", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
async def test_each_fault_is_one_of_four_errors(steps: tuple[Step, ...], kind: type[EngineError], words: str) -> None:
    async with serving(*steps) as server:
        with pytest.raises(kind, match=words) as caught:
            await asyncio.wait_for(read(server.url, limits=SHORT.get(words, LIMITS)), 20)
        await asyncio.wait_for(server.left.wait(), 5)
    assert type(caught.value) is kind
    assert server.url in str(caught.value)
    if isinstance(caught.value, ModelMissing):
        assert caught.value.model == "m:1b"


async def test_a_reset_in_the_middle_keeps_what_came_before() -> None:
    seen = asyncio.Event()
    got: list[str] = []
    async with serving(HEAD, said("a"), seen, "reset") as server:
        engine = OllamaEngine(server.url, LIMITS)
        with pytest.raises(StreamBroken, match=f"broke .*{RETRY}") as caught:
            async with aclosing(engine.chat(ASK)) as stream:
                async for delta in stream:
                    got.append(delta.text)
                    seen.set()
        await engine.aclose()
    assert got == ["a"]
    assert server.url in str(caught.value)


@pytest.mark.parametrize("request_", [ASK, GAP, None], ids=["chat", "infill", "facts"])
async def test_nobody_there(request_: ChatRequest | InfillRequest | None) -> None:
    async with serving() as server:
        url = server.url
    with pytest.raises(EngineUnavailable, match=r"Start it \(`ollama serve`\)") as caught:
        if request_ is None:
            await OllamaEngine(url, LIMITS).facts()
        else:
            await read(url, request_)
    assert url in str(caught.value)


@pytest.mark.parametrize("request_", [ASK, GAP], ids=["chat", "infill"])
async def test_closing_the_stream_closes_the_socket(request_: ChatRequest | InfillRequest) -> None:
    first = said("a") if request_ is ASK else line(response="a", done=False)
    async with serving(HEAD, first, "stall") as server:
        engine = OllamaEngine(server.url, LIMITS)
        stream = engine.chat(request_) if isinstance(request_, ChatRequest) else engine.infill(request_)
        async with aclosing(stream):
            assert (await anext(stream)).text == "a"
            assert not server.left.is_set()
        await asyncio.wait_for(server.left.wait(), 5)
        await engine.aclose()


async def test_no_proxy_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as proxy, serving(HEAD, said("a"), end()) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert text(await read(server.url)) == "a"
    assert proxy.asked == []


async def test_facts() -> None:
    rows = [{"model": "a:1b", "size": 7, "digest": "d", "modified_at": "2026-11-01T10:00:00Z"}, {"model": "b:2b"}]
    async with serving(refusal(200, json.dumps({"models": rows}))) as server:
        engine = OllamaEngine(server.url, LIMITS)
        facts = await engine.facts()
        await engine.aclose()
    assert server.asked[0].line == "GET /api/tags HTTP/1.1"
    assert (facts.name, facts.address) == ("ollama", server.url)
    assert [(model.name, model.size, model.digest) for model in facts.models] == [
        ("a:1b", 7, "d"),
        ("b:2b", None, None),
    ]
    assert facts.models[0].modified is not None
    assert facts.models[0].modified.startswith("2026-11-01T10:00:00")


@pytest.mark.parametrize(
    ("steps", "kind", "words"),
    [
        (("reset",), EngineUnavailable, RETRY),
        (("stall",), EngineUnavailable, "Start it"),
        ((refusal(404, "404 page not found"),), EngineUnavailable, "is not Ollama: set ollama.host"),
        ((refusal(200, "<html>", "text/html"),), EngineUnavailable, "is not Ollama: set ollama.host"),
        ((refusal(200, "[]"),), EngineUnavailable, "is not Ollama: set ollama.host"),
        ((refusal(500, ERROR),), EngineRefused, "the reason.*Its own log"),
        ((refusal(503, ERROR),), EngineUnavailable, "busy"),
    ],
)
async def test_facts_that_fail(steps: tuple[Step, ...], kind: type[EngineError], words: str) -> None:
    async with serving(*steps) as server:
        engine = OllamaEngine(server.url, TimeOuts(connect=0.5 if "stall" in steps else 10.0))
        with pytest.raises(kind, match=words) as caught:
            await asyncio.wait_for(engine.facts(), 20)
        await engine.aclose()
    assert type(caught.value) is kind
    assert server.url in str(caught.value)
