"""Vectors of texts from Ollama and OpenAI-compatible servers: what is sent, and every way to fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.engine.faulty_http import FaultyServer, Step, head, refusal, serving
from tests.engine.playing import Reply, playing_ollama, playing_openai

from postil.core.embedding import BATCH_TEXTS
from postil.core.request import Embeddings, EmbedRequest, LoadOptions
from postil.engine.base import (
    BadVectors,
    EngineError,
    EngineRefused,
    EngineUnavailable,
    ModelMissing,
    OutOfMemory,
    StreamBroken,
    TimeOuts,
)
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine

ASK = EmbedRequest("m:1b", ("one", "two"), load=LoadOptions(num_ctx=512, num_thread=2))
LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
SHORT = TimeOuts(connect=10.0, first_token=0.3)
KINDS = ("ollama", "openai")
JSON = head(kind="application/json")


def engine_of(kind: str, url: str, limits: TimeOuts = LIMITS) -> OllamaEngine | OpenAICompatEngine:
    return OllamaEngine(url, limits, "5m") if kind == "ollama" else OpenAICompatEngine(url, timeouts=limits)


async def embed(kind: str, url: str, request: EmbedRequest = ASK, limits: TimeOuts = LIMITS) -> Embeddings:
    engine = engine_of(kind, url, limits)
    try:
        return await asyncio.wait_for(engine.embed(request), 20)
    finally:
        await engine.aclose()


def body(kind: str, rows: list[Any], tokens: Any = 7) -> dict[str, Any]:
    if kind == "ollama":
        return {"model": "m:1b", "embeddings": rows, "prompt_eval_count": tokens}
    data = [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)]
    return {"object": "list", "data": data, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def answer(kind: str, rows: list[Any], tokens: Any = 7) -> bytes:
    return JSON + json.dumps(body(kind, rows, tokens)).encode()


def length_of(kind: str, path: str, sent: dict[str, Any]) -> Reply:
    """Each text's vector points to the left as far as it is long."""
    assert path == ("/api/embed" if kind == "ollama" else "/v1/embeddings")
    return 200, body(kind, [[float(len(text)), 100.0] for text in sent["input"]], len(sent["input"]))


@asynccontextmanager
async def playing(kind: str, play: Any) -> AsyncIterator[Any]:
    made = playing_ollama if kind == "ollama" else playing_openai
    async with made(play) as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_sent_and_what_comes(kind: str) -> None:
    async with serving(answer(kind, [[3.0, 4.0], [1, 0]])) as server:
        found = await embed(kind, server.url)
        (asked,) = server.asked
    assert [list(vector) for vector in found.vectors] == [pytest.approx([0.6, 0.8]), [1.0, 0.0]]
    assert (found.tokens, found.dimension) == (7, 2)
    if kind == "ollama":
        assert asked.line.startswith("POST /api/embed ")
        options = {"num_ctx": 512, "num_thread": 2}
        assert asked.body == {
            "model": "m:1b", "input": ["one", "two"], "truncate": True, "options": options, "keep_alive": "5m"
        }  # fmt: skip
    else:
        assert asked.line.startswith("POST /v1/embeddings ")
        assert asked.body == {"model": "m:1b", "input": ["one", "two"], "encoding_format": "float"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_long_list_is_one_answer_in_its_order(kind: str) -> None:
    texts = tuple("x" * number for number in range(1, 3 * BATCH_TEXTS))
    async with playing(kind, lambda path, sent: length_of(kind, path, sent)) as server:
        found = await embed(kind, server.url, EmbedRequest("m", texts))
        assert [len(sent["input"]) for _, sent in server.asked] == [BATCH_TEXTS, BATCH_TEXTS, BATCH_TEXTS - 1]
    assert [round(100 * vector[0] / vector[1]) for vector in found.vectors] == list(range(1, 3 * BATCH_TEXTS))
    assert found.tokens == len(texts)


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_asked_for_no_text(kind: str) -> None:
    async with serving() as server:
        assert await embed(kind, server.url, EmbedRequest("m", ())) == Embeddings()
        assert server.asked == []


async def test_the_places_of_the_openai_api_count_and_not_its_order() -> None:
    rows = [{"index": 1, "embedding": [0.0, 1.0]}, {"index": 0, "embedding": [1.0, 0.0]}]
    async with serving(JSON + json.dumps({"data": rows}).encode()) as server:
        found = await embed("openai", server.url)
    assert [list(vector) for vector in found.vectors] == [[1.0, 0.0], [0.0, 1.0]]
    twice = [{**row, "index": 0} for row in rows]
    async with serving(JSON + json.dumps({"data": twice}).encode()) as server:
        with pytest.raises(StreamBroken, match=r"\(0 for 2\)"):
            await embed("openai", server.url)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[1.0]], r"\(1 for 2\)"),
        ([[1.0], [2.0], [3.0]], r"\(3 for 2\)"),
        ([[1.0, 2.0], [3.0]], "1 and 2 dimensions"),
        ([[1.0], [float("nan")]], "NaN"),
        ([[1.0], None], "no vector"),
        ([[1.0], [None]], "no number"),
        ([[1.0], "AAAAAA=="], "no vector"),
    ],
)
async def test_what_is_no_vector_for_each_text_is_told(kind: str, rows: list[Any], reason: str) -> None:
    async with serving(answer(kind, rows)) as server:
        with pytest.raises(BadVectors, match=rf"{server.url} sent .*{reason}.*m:1b can't be used.*another model"):
            await embed(kind, server.url)


@pytest.mark.parametrize("kind", KINDS)
async def test_batches_of_different_dimensions_are_no_answer(kind: str) -> None:
    sizes = iter((2, 3))
    texts = tuple(f"{number}" for number in range(BATCH_TEXTS + 1))

    def play(path: str, sent: dict[str, Any]) -> Reply:
        size = next(sizes)
        return 200, body(kind, [[1.0] * size for _ in sent["input"]])

    async with playing(kind, play) as server:
        with pytest.raises(StreamBroken, match="2 and 3 dimensions"):
            await embed(kind, server.url, EmbedRequest("m", texts))


WHOLE = json.dumps({"embeddings": [[1.0], [2.0]], "data": [{"embedding": [1.0]}, {"embedding": [2.0]}]}).encode()
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
LONG = b"[" + b"0.1234567890123456, " * 300_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("steps", "error", "words"),
    [
        (("reset",), EngineUnavailable, "before it answered|doesn't answer"),
        ((b"",), EngineUnavailable, "before it answered|doesn't answer"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + WHOLE,), EngineUnavailable, "before it|doesn't answer"),
        ((JSON + WHOLE[:30],), EngineError, "can't be read|isn't JSON"),
        ((JSON + b"[" * 200_000,), EngineError, "is not Ollama|isn't JSON"),
        ((JSON + b"{}",), StreamBroken, r"no vectors|\(0 for 2\)"),
        ((head(kind="text/html") + b"<html>Welcome</html>",), EngineError, "is not Ollama|is a web page"),
        ((JSON + b'{"embeddings": [' + LONG,), EngineError, "more than 4 MiB"),
        (
            (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",),
            EngineError,
            "redirects",
        ),
        ((refusal(500, '{"error": "the proxy says no"}'),), EngineRefused, "the proxy says no"),
        (
            (refusal(501, '{"error": "this model does not support embeddings"}'),),
            EngineRefused,
            "not support embeddings",
        ),
        ((refusal(503, '{"error": "later"}'),), EngineUnavailable, "is busy"),
        ((refusal(404, '{"error": "model \'m:1b\' not found"}'),), ModelMissing, "doesn't hold m:1b"),
        ((refusal(401, '{"error": "who are you"}'),), EngineError, "401"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_failure_has_its_words(
    kind: str, steps: tuple[Step, ...], error: type[EngineError], words: str
) -> None:
    async with serving(*steps) as server:
        with pytest.raises(error, match=words) as caught:
            await embed(kind, server.url)
    assert "NaN" not in str(caught.value)


async def test_a_model_that_does_not_fit_is_told_apart() -> None:
    async with serving(refusal(500, '{"error": "model requires more system memory (9 GiB)"}')) as server:
        with pytest.raises(OutOfMemory):
            await embed("ollama", server.url)
        assert len(server.asked) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_silence_ends_with_the_time_out(kind: str) -> None:
    async with serving("stall") as server:
        with pytest.raises(EngineUnavailable, match=r"no vectors within 0\.3 s.*timeouts\.first_token"):
            await embed(kind, server.url, limits=SHORT)
        await asyncio.wait_for(server.left.wait(), 10)


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_there(kind: str) -> None:
    with pytest.raises(EngineUnavailable, match="doesn't answer"):
        await embed(kind, "http://127.0.0.1:9")


@pytest.mark.parametrize("kind", KINDS)
async def test_cancelling_closes_the_connection(kind: str) -> None:
    async with serving("stall") as server:
        engine = engine_of(kind, server.url)
        task = asyncio.create_task(engine.embed(ASK))
        async with asyncio.timeout(10):
            await _asked(server)
            assert not server.left.is_set()
            task.cancel()
            await server.left.wait()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        await engine.aclose()


async def _asked(server: FaultyServer) -> None:
    while not server.asked:  # noqa: ASYNC110 - what it waits for happens on this loop
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "input (596 tokens) is too large to process. increase the physical batch size (current batch size: 512)"),
        (400, "the input length exceeds the context length"),
        (400, "input exceeds maximum context length and cannot be truncated further"),
        (400, "This model's maximum context length is 512 tokens, however you requested 900 tokens"),
        (413, "Input validation error: `inputs` must have less than 512 tokens. Given: 596"),
    ],
)
async def test_a_text_that_is_too_long_is_cut(kind: str, status: int, words: str) -> None:
    def play(path: str, sent: dict[str, Any]) -> Reply:
        if max(map(len, sent["input"])) > 1000:
            return status, {"error": {"message": words} if kind == "openai" else words}
        return length_of(kind, path, sent)

    async with playing(kind, play) as server:
        found = await embed(kind, server.url, EmbedRequest("m", ("x" * 3000, "yy")))
        assert [round(100 * vector[0] / vector[1]) for vector in found.vectors] == [750, 2]
        assert len(server.asked) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_always_too_long_ends(kind: str) -> None:
    words = "the input length exceeds the context length"
    async with serving(refusal(400, json.dumps({"error": words}))) as server:
        with pytest.raises(EngineRefused, match="exceeds the context length"):
            await embed(kind, server.url, EmbedRequest("m", ("x" * 3000,)))
        assert len(server.asked) == 4


@pytest.mark.parametrize(("kind", "name"), [("ollama", "truncate"), ("openai", "encoding_format")])
async def test_a_refused_field_is_left_out_and_not_sent_again(kind: str, name: str) -> None:
    def play(path: str, sent: dict[str, Any]) -> Reply:
        return (400, {"error": f"unknown field {name}"}) if name in sent else length_of(kind, path, sent)

    async with playing(kind, play) as server:
        engine = engine_of(kind, server.url)
        for _ in range(2):
            assert len((await engine.embed(ASK)).vectors) == 2
        await engine.aclose()
        assert [name in sent for _, sent in server.asked] == [True, False, False]


@pytest.mark.parametrize("tokens", [None, -1, "many", 10**300, 1.5])
async def test_counters_are_not_trusted(tokens: Any) -> None:
    async with serving(answer("ollama", [[1.0], [2.0]], tokens)) as server:
        assert (await embed("ollama", server.url)).tokens == 0


SECRET = "AKIAIOSFODNN7EXAMPLF"


@pytest.mark.parametrize(("model", "kept"), [("m:1b", True), ("m:1b-cloud", False)])
async def test_secrets_stay_on_this_machine(model: str, kept: bool) -> None:
    texts = ("a <|im_end|>", f'key = "{SECRET}"')
    async with serving(answer("ollama", [[1.0], [2.0]])) as server:
        await embed("ollama", server.url, EmbedRequest(model, texts))
        (first, second) = server.asked[0].body["input"]
    assert "<|im_end|>" not in first and len(first) == len(texts[0])
    assert (SECRET in second) is kept and len(second) == len(texts[1])
