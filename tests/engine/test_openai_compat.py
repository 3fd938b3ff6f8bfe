"""OpenAI-compatible servers: what is sent, what comes of it, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.engine.faulty_http import DONE, Step, event, head, piece, refusal, serving

from postil.core.models.families import families
from postil.core.request import ChatRequest, Delta, InfillRequest, Message, Sampling
from postil.engine.base import EngineError, EngineRefused, EngineUnavailable, ModelMissing, StreamBroken, TimeOuts
from postil.engine.openai.engine import Dialect, OpenAICompatEngine
from postil.engine.openai.sse import MAX_EVENT_BYTES

ASK = ChatRequest("m", (Message("user", "Hello"),))
# Far more than anything here takes; only what stalls is waited for.
LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
# For those that stall before the first token, and after it.
SHORT = {
    "timeouts.first_token": replace(LIMITS, first_token=0.3),
    "timeouts.between_tokens": replace(LIMITS, between_tokens=0.1),
}


async def read(
    url: str,
    request: ChatRequest | InfillRequest = ASK,
    dialect: Dialect = "openai",
    limits: TimeOuts = LIMITS,
) -> list[Delta]:
    engine = OpenAICompatEngine(url, "secret", limits, dialect)
    stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
    try:
        async with aclosing(stream):
            return [delta async for delta in stream]
    finally:
        await engine.aclose()


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


async def test_a_whole_answer() -> None:
    usage = event(
        choices=[], usage={"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    )
    async with serving(head(), piece("Hel"), piece("lo"), piece("", "stop"), usage, DONE) as server:
        deltas = await read(server.url)
    assert text(deltas) == "Hello"
    assert [delta.finish for delta in deltas] == [None, None, "stop"]
    last = deltas[-1].usage
    assert last is not None
    assert (last.prompt_tokens, last.output_tokens, last.cached_tokens) == (9, 2, 4)
    (asked,) = server.asked
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert asked.headers["authorization"] == "Bearer secret"
    assert asked.body["stream"] is True
    assert asked.body["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    "reason",
    [
        *("length", "max_tokens", "MAX_TOKENS", "model_length", "content_filter", "abort", "error", "SAFETY"),
        *("insufficient_system_resource", "cancelled"),
    ],
)
async def test_an_answer_that_the_model_didn_t_end_was_cut_off(reason: str) -> None:
    """A symptom: what a gateway's limit had left out was a note, "remove it"."""
    async with serving(head(), piece("a"), piece("", reason), DONE) as server:
        assert [delta.finish for delta in await read(server.url)] == [None, "length"]


@pytest.mark.parametrize("reason", ["stop", "eos", "end_turn", "stop_sequence", "tool_calls"])
async def test_an_answer_that_the_model_ended_is_whole(reason: str) -> None:
    async with serving(head(), piece("a"), piece("", reason), DONE) as server:
        assert [delta.finish for delta in await read(server.url)] == [None, "stop"]


def whole(**choice: object) -> bytes:
    return refusal(200, json.dumps({"choices": [choice]}, indent=1))


@pytest.mark.parametrize(
    "steps",
    [
        (whole(message={"content": "a\nb"}, finish_reason="stop"),),
        (whole(message={"content": "a\nb"}),),
        (head(), event(choices=[{"message": {"content": "a\nb"}, "finish_reason": "stop"}]), DONE),
        (head(), event(choices=[{"text": "a\nb", "finish_reason": "stop"}]), DONE),
        (head(), b"\xef\xbb\xbf" + piece("a\nb"), piece("", "stop"), DONE),
        (head(), piece("a\nb", "stop").replace(b"\n", b"\r"), DONE.replace(b"\n", b"\r")),
    ],
    ids=["no stream", "without a reason", "message", "text", "byte order mark", "line ends"],
)
async def test_servers_that_don_t_stream_as_openai_does(steps: tuple[Step, ...]) -> None:
    async with serving(*steps) as server:
        deltas = await read(server.url)
    assert (text(deltas), deltas[-1].finish) == ("a\nb", "stop")


@pytest.mark.parametrize(
    "field",
    [{"thinking": "hm"}, {"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, {"reasoning": "hm"}],
)
async def test_thoughts_in_whichever_field(field: dict[str, object]) -> None:
    thought = event(choices=[{"delta": {"content": "", **field}}])
    async with serving(head(), thought, piece("a", "stop"), DONE) as server:
        deltas = await read(server.url)
    assert (text(deltas), "".join(delta.thinking for delta in deltas)) == ("a", "hm")


async def test_what_is_asked_for_is_sent() -> None:
    request = ChatRequest(
        "m",
        (Message("user", "Hello"),),
        prefill="Well",
        sampling=Sampling(temperature=0.0, max_tokens=7, stop=("\n",)),
        top_logprobs=3,
        json_schema='{"type": "object"}',
    )
    async with serving(head(), piece(" yes", "length"), DONE) as server:
        deltas = await read(server.url, request)
    assert text(deltas) == " yes"
    assert deltas[-1].finish == "length"
    body = server.asked[0].body
    assert body["messages"][-1] == {"role": "assistant", "content": "Well"}
    assert (body["max_tokens"], body["temperature"], body["stop"], body["top_logprobs"]) == (7, 0.0, ["\n"], 3)
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert body["continue_final_message"] is True


@pytest.mark.parametrize("pieces", [("Well, ", "yes"), ("We", "ll, yes"), ("Well, yes",), (", ", "yes")])
async def test_a_prefill_stands_there_once_whoever_repeats_it(pieces: tuple[str, ...]) -> None:
    """llama.cpp's server begins its answer with the prefill, Ollama and vLLM don't."""
    request = ChatRequest("m", (Message("user", "Hello"),), prefill="Well")
    async with serving(head(), *map(piece, pieces), piece("", "stop"), DONE) as server:
        assert text(await read(server.url, request)) == ", yes"


async def test_only_the_whole_prefill_counts_as_repeated() -> None:
    request = ChatRequest("m", (Message("user", "Hello"),), prefill="Well, well")
    async with serving(head(), piece("Well"), piece(" done"), piece("", "stop"), DONE) as server:
        assert text(await read(server.url, request)) == "Well done"


async def test_an_answer_that_ends_inside_the_prefill_is_kept() -> None:
    request = ChatRequest("m", (Message("user", "Hello"),), prefill="Well, well")
    async with serving(head(), piece("Well", "stop"), DONE) as server:
        assert text(await read(server.url, request)) == "Well"


async def test_probabilities() -> None:
    row = {
        "token": "a",
        "logprob": -0.5,
        "top_logprobs": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1}],
    }
    chunk = event(choices=[{"delta": {"content": "a"}, "logprobs": {"content": [row]}, "finish_reason": "stop"}])
    async with serving(head(), chunk, DONE) as server:
        (delta,) = await read(server.url)
    (token,) = delta.tokens
    assert (token.text, token.logprob) == ("a", -0.5)
    assert [(other.text, other.logprob) for other in token.top] == [("a", -0.5), ("b", -1.0)]


async def test_a_token_that_can_t_be_stays_impossible() -> None:
    """llama.cpp writes the lowest float for a probability of nought."""
    rows = [{"token": "a", "logprob": 0, "top_logprobs": [{"token": "b", "logprob": -3.4028234663852886e38}]}]
    chunk = event(choices=[{"delta": {"content": "a"}, "logprobs": {"content": rows}, "finish_reason": "stop"}])
    async with serving(head(), chunk, DONE) as server:
        (delta,) = await read(server.url)
    assert math.exp(delta.tokens[0].top[0].logprob) == 0.0


async def test_the_probabilities_of_what_follows_a_repeated_prefill_are_kept() -> None:
    def chunk(text: str, *tokens: str, finish: str | None = None) -> bytes:
        rows = [{"token": token, "logprob": -0.5} for token in tokens]
        return event(choices=[{"delta": {"content": text}, "logprobs": {"content": rows}, "finish_reason": finish}])

    request = ChatRequest("m", (Message("user", "Hello"),), prefill="Well", top_logprobs=1)
    async with serving(head(), chunk("Well,", ","), chunk(" yes", " yes", finish="stop"), DONE) as server:
        deltas = await read(server.url, request, "llama.cpp")
    assert [token.text for delta in deltas for token in delta.tokens] == [",", " yes"]
    assert text(deltas) == ", yes"


@pytest.mark.parametrize("nonsense", [{"token": 3}, {"logprob": "high"}, {"token": "a", "logprob": 1e300}, 7, None])
async def test_nothing_in_a_probability_is_trusted(nonsense: object) -> None:
    chunk = event(choices=[{"delta": {"content": "a"}, "logprobs": {"content": [nonsense]}, "finish_reason": "stop"}])
    async with serving(head(), chunk, DONE) as server:
        assert text(await read(server.url)) == "a"


async def test_characters_and_events_in_pieces() -> None:
    raw = piece("Grüße, 世界 🙂") + piece("", "stop") + DONE
    async with serving(head(), *(raw[index : index + 1] for index in range(len(raw)))) as server:
        assert text(await read(server.url)) == "Grüße, 世界 🙂"


async def test_infill_in_llama_cpps_words() -> None:
    request = InfillRequest("m", "before", "after", Sampling(max_tokens=5), top_logprobs=20, begun=" x")
    timings = {"prompt_n": 3, "cache_n": 7, "predicted_n": 2, "prompt_ms": 1500, "predicted_ms": 250}
    steps = (head(), event(content="mid"), event(content="", stop=True, stop_type="limit", timings=timings))
    async with serving(*steps) as server:
        deltas = await read(server.url, request, "llama.cpp")
    assert text(deltas) == "mid"
    last = deltas[-1]
    assert last.finish == "length"
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.cached_tokens, last.usage.prompt_seconds) == (10, 7, 1.5)
    body = server.asked[0].body
    assert (body["input_prefix"], body["input_suffix"], body["prompt"]) == ("before", "after", " x")
    assert (body["n_predict"], body["n_probs"]) == (5, 20)


async def test_a_known_model_fills_in_with_its_own_tokens_and_no_made_up_header() -> None:
    fim = families().tokens["qwen"]
    request = InfillRequest("qwen2.5-coder:0.5b", "before", "after", begun=" x", fim=fim)
    async with serving(head(), event(content="mid", stop=True, stop_type="eos")) as server:
        assert text(await read(server.url, request, "llama.cpp")) == "mid"
    assert server.asked[0].line.startswith("POST /completion ")
    assert server.asked[0].body["prompt"] == "<|fim_prefix|>before<|fim_suffix|>after<|fim_middle|> x"
    assert "input_prefix" not in server.asked[0].body
    assert "<|file_sep|>" in server.asked[0].body["stop"]


async def test_the_slot_is_named_and_free_again_when_the_stream_is_left() -> None:
    asked = (ASK, InfillRequest("m", "before", "after"), ASK)
    async with serving(head(), piece("a"), event(content="b", stop=True), DONE) as server:
        engine = OpenAICompatEngine(server.url, None, LIMITS, "llama.cpp", slots=2)
        for request in asked:
            stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
            async with aclosing(stream):
                assert (await anext(stream)).text == ("a" if isinstance(request, ChatRequest) else "")
        await engine.aclose()
    assert [each.body["id_slot"] for each in server.asked] == [1, 0, 1]


async def test_the_progress_of_reading_is_no_beginning() -> None:
    progress = event(choices=[{"delta": {"content": None}}], prompt_progress={"total": 99, "processed": 64})
    async with serving(head(), progress, event(error={"message": "the reason"})) as server:
        with pytest.raises(EngineRefused, match="the reason"):
            await read(server.url, dialect="llama.cpp")
    assert server.asked[0].body["return_progress"] is True
    assert "id_slot" not in server.asked[0].body


async def test_other_servers_have_no_infill() -> None:
    async with serving() as server:
        with pytest.raises(EngineRefused, match="use Ollama or embedded"):
            await read(server.url, InfillRequest("m", "a", "b"))
    assert server.asked == []


ERROR = json.dumps({"error": {"message": "the reason"}})
RETRY = "Save again to retry"
FAULTS: list[tuple[str, tuple[Step, ...], type[EngineError], str]] = [
    ("end before the first byte", (), EngineUnavailable, "Start it, or set"),
    ("reset before the first byte", ("reset",), EngineUnavailable, "Start it, or set"),
    ("no HTTP", (b"SSH-2.0-OpenSSH_9.6\r\n",), EngineUnavailable, "Start it, or set"),
    ("stall before the first byte", ("stall",), EngineUnavailable, "timeouts.first_token"),
    ("stall before the first token", (head(), "stall"), EngineUnavailable, "timeouts.first_token"),
    ("comments, then a stall", (head(), b": still here\n\n", "stall"), EngineUnavailable, "timeouts.first_token"),
    ("stall in the middle", (head(), piece("a"), "stall"), StreamBroken, "timeouts.between_tokens"),
    ("end in the middle", (head(), piece("a")), StreamBroken, f"half-way. {RETRY}"),
    ("end by [DONE] alone", (head(), piece("a"), DONE), StreamBroken, f"half-way. {RETRY}"),
    ("end inside an event", (head(), piece("a"), b"data: {"), StreamBroken, f"half-way. {RETRY}"),
    ("a page", (refusal(200, "<html>", "text/html; charset=utf-8"),), EngineRefused, "set openai.base_url"),
    ("no stream", (refusal(200, "{}"),), StreamBroken, f"half-way. {RETRY}"),
    ("no JSON", (head(), b"data: {\n\n"), StreamBroken, f"isn't JSON. {RETRY}"),
    ("no object", (head(), b"data: [1]\n\n"), StreamBroken, f"isn't JSON. {RETRY}"),
    ("nested too deep", (head(), b"data: " + b"[" * 100_000 + b"\n\n"), StreamBroken, f"isn't JSON. {RETRY}"),
    (
        "a line without an end",
        (head(), b"data: " + b"x" * (MAX_EVENT_BYTES + 1)),
        StreamBroken,
        f"more than 4 MiB in one piece. {RETRY}",
    ),
    ("200 with an error", (refusal(200, ERROR),), EngineRefused, f"the reason.*{RETRY}"),
    ("200 with a detail", (refusal(200, '{"detail": "the reason"}'),), EngineRefused, f"the reason.*{RETRY}"),
    ("an old vLLM's", (refusal(200, '{"object": "error", "message": "the reason"}'),), EngineRefused, "the reason"),
    ("an event error", (head(), b'event: error\ndata: {"message": "the reason"}\n\n'), EngineRefused, "the reason"),
    ("an error at once", (head(), event(error={"message": "the reason"})), EngineRefused, f"the reason.*{RETRY}"),
    ("an error in the middle", (head(), piece("a"), event(error="the reason")), StreamBroken, f"the reason.*{RETRY}"),
    (
        "llama.cpp's error field",
        (head(), piece("a"), b'error: {"code": 500, "message": "the reason"}\n\n'),
        StreamBroken,
        f"the reason.*{RETRY}",
    ),
    ("301", (head(301, "text/plain\r\nLocation: http://elsewhere"),), EngineRefused, r"redirects to .*openai.base_url"),
    ("400", (refusal(400, ERROR),), EngineRefused, "the reason.*Its own log"),
    ("400 without a reason", (refusal(400, "<html>"),), EngineRefused, "no reason given.*Its own log"),
    ("401", (refusal(401, ERROR),), EngineRefused, "openai.api_key_env"),
    ("404", (refusal(404, ERROR),), EngineRefused, "the reason.*Is the address right"),
    ("404 of a model", (refusal(404, '{"error": {"message": "no model m"}}'),), ModelMissing, "hold m .*model.review"),
    ("429", (refusal(429, ERROR),), EngineUnavailable, "busy .*the reason.*Save again"),
    ("500", (refusal(500, ERROR),), EngineRefused, "the reason.*Its own log"),
    ("503", (refusal(503, ERROR),), EngineUnavailable, "busy .*the reason.*Save again"),
    ("an endless error page", (refusal(500, "x" * 1_000_000),), EngineRefused, "refused .*Its own log"),
]


@pytest.mark.parametrize(("steps", "kind", "said"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
async def test_each_fault_is_one_of_four_errors(steps: tuple[Step, ...], kind: type[EngineError], said: str) -> None:
    async with serving(*steps) as server:
        with pytest.raises(kind, match=said) as caught:
            await asyncio.wait_for(read(server.url, limits=SHORT.get(said, LIMITS)), 20)
        await asyncio.wait_for(server.left.wait(), 5)
    assert type(caught.value) is kind
    assert server.url in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_nobody_there() -> None:
    async with serving() as server:
        url = server.url
    with pytest.raises(EngineUnavailable, match="Start it, or set") as caught:
        await read(url)
    assert url in str(caught.value)


@pytest.mark.parametrize("way", ["reset", "end"])
async def test_a_break_in_the_middle_keeps_what_came_before(way: str) -> None:
    seen = asyncio.Event()
    got: list[str] = []
    last: tuple[Step, ...] = ("reset",) if way == "reset" else ()
    async with serving(head(), piece("a"), piece("b"), seen, *last) as server:
        engine = OpenAICompatEngine(server.url, None, LIMITS)
        with pytest.raises(StreamBroken, match=RETRY) as caught:
            async with aclosing(engine.chat(ASK)) as stream:
                async for delta in stream:
                    got.append(delta.text)
                    if len(got) == 2:
                        seen.set()
        await engine.aclose()
    assert got == ["a", "b"]
    assert server.url in str(caught.value)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:1", "ftp://127.0.0.1", "http://127.0.0.1:abc", "http://[::1", "http://a:99999"]
)
async def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(EngineUnavailable, match=r"openai\.base_url"):
        await read(url)


@pytest.mark.parametrize("key", ["a\nb", "ключ"])
async def test_a_key_that_is_none_is_not_shown(key: str) -> None:
    engine = OpenAICompatEngine("http://127.0.0.1:1", key)
    with pytest.raises(EngineRefused, match=r"openai\.api_key_env") as caught:
        await engine.facts()
    assert key not in str(caught.value)


@pytest.mark.parametrize("way", ["closed", "cancelled"])
async def test_stopping_the_stream_closes_the_socket(way: str) -> None:
    first = asyncio.Event()

    async def stop_after_one() -> None:
        async with aclosing(engine.chat(ASK)) as stream:
            async for delta in stream:
                assert delta.text == "a"
                first.set()
                if way == "closed":
                    return

    async with serving(head(), piece("a"), "stall") as server:
        engine = OpenAICompatEngine(server.url, None, LIMITS)
        task = asyncio.create_task(stop_after_one())
        await asyncio.wait_for(first.wait(), 5)
        if way == "closed":
            await task
        else:
            assert not server.left.is_set()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.wait_for(server.left.wait(), 5)
        await engine.aclose()


async def test_no_proxy_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as proxy, serving(head(), piece("a", "stop"), DONE) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert text(await read(server.url)) == "a"
    assert proxy.asked == []


async def test_facts() -> None:
    rows = json.dumps({"data": [{"id": "a", "max_model_len": 4096}, {"id": 7}, "b", {"id": "c", "max_model_len": -1}]})
    async with serving(refusal(200, rows)) as server:
        engine = OpenAICompatEngine(server.url)
        facts = await engine.facts()
        await engine.aclose()
    assert [(model.name, model.context_length) for model in facts.models] == [("a", 4096), ("b", None), ("c", None)]
    assert not any(model.fills_in for model in facts.models)


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": "a"}],
        {"data": ["a"]},
        {"data": [{"name": "a"}]},
        {"models": [{"model": "a"}]},
        {"models": [{"key": "a"}]},
    ],
)
async def test_lists_of_other_shapes(rows: object) -> None:
    async with serving(refusal(200, json.dumps(rows))) as server:
        engine = OpenAICompatEngine(server.url)
        assert [model.name for model in (await engine.facts()).models] == ["a"]
        await engine.aclose()


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_server_without_a_list_may_serve_all_the_same(status: int) -> None:
    async with serving(refusal(status, '"Cannot GET /v1/models"')) as server:
        engine = OpenAICompatEngine(server.url)
        assert (await engine.facts()).models == ()
        await engine.aclose()


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/v1/models"])
async def test_an_address_may_have_more_of_the_path(path: str) -> None:
    async with serving(head(), piece("a", "stop"), DONE) as server:
        assert text(await read(server.url + path)) == "a"
    assert server.asked[0].line.split(" ")[1] == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("steps", "kind", "said"),
    [
        ((refusal(500, ""),), EngineRefused, "Its own log"),
        ((refusal(401, ERROR),), EngineRefused, "openai.api_key_env"),
        ((refusal(200, "<html>", "text/html"),), EngineRefused, "openai.base_url"),
        (("reset",), EngineUnavailable, "Start it, or set"),
        (("stall",), EngineUnavailable, "Start it, or set"),
    ],
)
async def test_facts_that_fail(steps: tuple[Step, ...], kind: type[EngineError], said: str) -> None:
    async with serving(*steps) as server:
        engine = OpenAICompatEngine(server.url, None, TimeOuts(connect=0.5 if "stall" in steps else 10.0))
        with pytest.raises(kind, match=said) as caught:
            await asyncio.wait_for(engine.facts(), 20)
        await engine.aclose()
    assert server.url in str(caught.value)
