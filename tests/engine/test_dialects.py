"""Servers that refuse, ignore or repeat the beginning of an answer, refuse fields, or tell no probabilities."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from tests.engine.playing import (
    BODY,
    CODE,
    HEAD,
    REST,
    WHOLE,
    Played,
    Reply,
    ask,
    playing_ollama,
    playing_openai,
    rendered,
)

from postil.core.models.abilities import Fact
from postil.core.prefill import SENTINEL
from postil.core.request import ChatRequest, Delta, InfillRequest
from postil.engine.base import Engine, EngineRefused, EngineUnavailable, ModelInfo, TimeOuts
from postil.engine.dialect.observations import Observations
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import Dialect, OpenAICompatEngine

LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
CONFLICT = "Assistant response prefill is incompatible with enable_thinking."
CHAT, COMPLETION, TEMPLATE = "/v1/chat/completions", "/completion", "/apply-template"


def openai(server: Played, dialect: Dialect = "openai") -> OpenAICompatEngine:
    return OpenAICompatEngine(server.url, None, LIMITS, dialect)


async def read(engine: Engine, request: ChatRequest | InfillRequest | None = None) -> list[Delta]:
    request = request or ask()
    stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
    async with aclosing(stream):
        return [delta async for delta in stream]


def heard(deltas: list[Delta]) -> tuple[str, bool]:
    """The answer, and whether it began anew."""
    text, anew = "", False
    for delta in deltas:
        text, anew = (delta.text, True) if delta.anew else (text + delta.text, anew)
    return text, anew


def begun(body: dict[str, Any]) -> bool:
    return body["messages"][-1]["role"] == "assistant"


# --- a beginning that is refused


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"error": {"message": "This model does not support assistant message prefill."}}),
        (422, {"detail": [{"loc": ["body", "messages", 1, "role"], "msg": "must be user"}]}),
        (501, "not implemented"),
        (400, ""),
    ],
)
async def test_a_refused_beginning_is_left_out_once_and_from_then_on(status: int, said: object) -> None:
    """A symptom: every review failed at a server for thinking templates."""

    def play(path: str, body: dict[str, Any]) -> Reply:
        return (status, said) if begun(body) else WHOLE

    async with playing_openai(play) as server:
        engine = openai(server)
        for count in (2, 3):
            text, anew = heard(await read(engine))
            assert (text, anew) == ("".join(WHOLE), True)
            assert len(server.asked) == count
        seen = engine.observed("m")
        await engine.aclose()
    assert seen.prefill is not None
    assert (seen.prefill.value, seen.prefill.origin) == ("none", "probe")
    assert "prefill" in seen.refused
    # The first refusal's words stay for the doctor and the log.
    assert str(status) in seen.prefill.how
    last = server.asked[-1][1]
    assert "stop" not in last
    assert last["max_tokens"] > 40
    assert "continue_final_message" not in last


async def test_llama_servers_thinking_is_switched_off_for_a_beginning() -> None:
    """Before 2026-05: `tools/server/server-common.cpp` at 006639c."""

    def play(path: str, body: dict[str, Any]) -> Reply:
        off = body.get("chat_template_kwargs") == {"enable_thinking": False}
        if begun(body) and not off:
            return 400, {"error": {"code": 400, "message": CONFLICT}}
        return [HEAD, *REST]

    async with playing_openai(play) as server:
        engine = openai(server)
        for count in (2, 3):
            assert heard(await read(engine)) == (f"{BODY}\n```", False)
            assert len(server.asked) == count
        await engine.aclose()


async def test_a_refusal_inside_the_stream_counts_too() -> None:
    """vLLM sends it as the first event, with the status inside."""

    def play(path: str, body: dict[str, Any]) -> Reply:
        if begun(body):
            return 200, 'data: {"error": {"message": "prefill is not supported", "code": 400}}\n\n'
        return WHOLE

    async with playing_openai(play) as server:
        engine = openai(server)
        assert heard(await read(engine)) == ("".join(WHOLE), True)
        await engine.aclose()


# --- fields that are refused


async def test_each_refused_field_is_left_out_once_and_remembered() -> None:
    refused = ["stream_options", "min_p", "continue_final_message"]

    def play(path: str, body: dict[str, Any]) -> Reply:
        name = next((name for name in refused if name in body), None)
        return (400, {"error": f"Unknown field: {name}"}) if name else [HEAD, *REST]

    async with playing_openai(play) as server:
        engine = openai(server)
        assert heard(await read(engine)) == (f"{BODY}\n```", False)
        assert len(server.asked) == 1 + len(refused)
        await read(engine)
        assert len(server.asked) == 2 + len(refused)
        assert engine.observed("m").refused >= set(refused)
        # Another model of the same server isn't known yet.
        await read(engine, replace(ask(), model="other"))
        assert "min_p" in server.asked[-4][1]
        await engine.aclose()


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
async def test_other_failures_are_not_asked_again(status: int) -> None:
    async with playing_openai(lambda path, body: (status, {"error": "no min_p kernel"})) as server:
        engine = openai(server)
        with pytest.raises((EngineRefused, EngineUnavailable)):
            await read(engine)
        await engine.aclose()
    assert len(server.asked) == 1


async def test_when_nothing_helps_the_first_refusal_is_told_and_nothing_is_remembered() -> None:
    answers = iter(["stream_options is unknown", "and I say no", "still no"])

    async with playing_openai(lambda path, body: (400, {"error": next(answers)})) as server:
        engine = openai(server)
        with pytest.raises(EngineRefused, match="stream_options is unknown") as caught:
            await read(engine)
        assert type(caught.value) is EngineRefused
        assert engine.observed("m").refused == frozenset()
        await engine.aclose()
    assert len(server.asked) == 3


async def test_a_schema_that_is_refused_is_left_out() -> None:
    def play(path: str, body: dict[str, Any]) -> Reply:
        return (400, {"error": "response_format is not supported"}) if "response_format" in body else ["[]"]

    async with playing_openai(play) as server:
        engine = openai(server)
        assert heard(await read(engine, ask("", json_schema="{}"))) == ("[]", False)
        schema = engine.observed("m").schema
        assert schema is not None and not schema.value
        assert "response_format is not supported" in schema.how
        await engine.aclose()


# --- a beginning that is ignored or repeated


@pytest.mark.parametrize(
    "answer",
    [
        ["```", "python\n", "def ", "area(", "width, ", "height):\n", BODY, "\n```"],
        ["```", "py", "thon\n", *CODE, "\n```"],
        ["```\n", CODE, "\n```"],
        [CODE],
        ["Sure, here is it:\n\n", "```python\n", CODE, "\n```\n"],
    ],
)
async def test_a_beginning_that_is_ignored_is_not_sent_again(answer: list[str]) -> None:
    async with playing_openai(lambda path, body: answer) as server:
        engine = openai(server)
        text, anew = heard(await read(engine))
        assert anew
        assert CODE in text and not text.startswith("Sure")
        # A stop at a fence would leave nothing but the prose.
        assert begun(server.asked[0][1]) and "stop" not in server.asked[0][1]
        text, anew = heard(await read(engine))
        assert anew and CODE in text
        assert not begun(server.asked[1][1])
        assert engine.observed("m").prefill == Fact("none", "probe", "an answer began anew")
        await engine.aclose()


async def test_a_beginning_that_is_repeated_at_once_is_stripped_and_one_that_is_written_anew_is_not() -> None:
    async with playing_openai(lambda path, body: [HEAD, *REST]) as server:
        engine = openai(server)
        assert heard(await read(engine)) == (f"{BODY}\n```", False)
        assert engine.observed("m").prefill is None
        await engine.aclose()
    async with playing_openai(lambda path, body: [*HEAD, *REST]) as server:
        engine = openai(server)
        assert heard(await read(engine)) == (f"{HEAD}{BODY}\n```", True)
        assert engine.observed("m").prefill is not None
        await engine.aclose()


# --- llama.cpp's server says how it renders


def template(native: bool, turn: str = "<|im_start|>assistant\n") -> Any:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/v1/models":
            return 200, {"data": [{"id": "m", "owned_by": "llamacpp"}]}
        if path == TEMPLATE:
            said = [message["content"] for message in body["messages"]]
            if native and begun(body):
                return 200, {"prompt": f"{said[0]}{turn}{said[1]}"}
            return 200, {"prompt": f"{'<|im_end|>'.join(said)}{turn}"}
        return REST if path == COMPLETION or begun(body) else WHOLE

    return play


@pytest.mark.parametrize("dialect", ["openai", "llama.cpp"])
async def test_a_llama_server_that_continues_is_asked_once_how_it_renders(dialect: Dialect) -> None:
    async with playing_openai(template(native=True)) as server:
        engine = openai(server, dialect)
        await engine.facts()
        for _ in range(3):
            assert heard(await read(engine)) == (f"{BODY}\n```", False)
        (facts,) = (await engine.facts()).models
        await engine.aclose()
    (probe,) = server.of(TEMPLATE)
    assert probe["messages"][-1] == {"role": "assistant", "content": SENTINEL}
    assert (facts.abilities.prefill.value, facts.abilities.prefill.origin) == ("native", "probe")
    assert all(body["stop"] == ["\n```"] for body in server.of(CHAT))


async def test_many_requests_at_once_probe_once() -> None:
    async with playing_openai(template(native=True)) as server:
        engine = openai(server, "llama.cpp")
        await asyncio.gather(*(read(engine) for _ in range(5)))
        await engine.aclose()
    assert len(server.of(TEMPLATE)) == 1


async def test_a_llama_server_that_closes_the_turn_gets_the_rendered_prompt() -> None:
    async with playing_openai(template(native=False)) as server:
        engine = openai(server)
        await engine.facts()
        for _ in range(2):
            assert heard(await read(engine)) == (f"{BODY}\n```", False)
        await engine.aclose()
    assert len(server.of(TEMPLATE)) == 3
    for body in server.of(COMPLETION):
        assert body["prompt"].endswith(f"Rewrite it.<|im_start|>assistant\n{HEAD}")
        assert (body["n_predict"], body["stop"]) == (40, ["\n```"])
    assert server.of(CHAT) == []


async def test_without_a_turn_of_the_assistants_the_beginning_is_left_out() -> None:
    async with playing_openai(template(native=False, turn="\n")) as server:
        engine = openai(server, "llama.cpp")
        for _ in range(2):
            assert heard(await read(engine)) == ("".join(WHOLE), True)
        seen = engine.observed("m").prefill
        await engine.aclose()
    assert seen is not None and seen.value == "none"
    # The probe, one rendering; from then on it is known.
    assert len(server.of(TEMPLATE)) == 2


async def test_other_servers_are_not_asked_how_they_render() -> None:
    def play(path: str, body: dict[str, Any]) -> Reply:
        return (200, {"data": [{"id": "m", "owned_by": "vllm"}]}) if path == "/v1/models" else REST

    async with playing_openai(play) as server:
        engine = openai(server)
        await engine.facts()
        await read(engine)
        await engine.aclose()
    assert [path for path, _ in server.asked] == ["/v1/models", CHAT]
    assert server.asked[-1][1]["continue_final_message"] is True
    assert server.asked[-1][1]["add_generation_prompt"] is False


# --- Ollama


def ollama(server: Played) -> OllamaEngine:
    return OllamaEngine(server.url, LIMITS)


def chat_template(*, native: bool, turn: str = "<|im_start|>assistant\n", before: str = "") -> Any:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if body.get("_debug_render_only"):
            said = [message["content"] for message in body["messages"]]
            if native and begun(body):
                return rendered(f"{before}{said[0]}{turn}{said[1]}")
            return rendered(f"{before}{'|'.join(said)}{turn}")
        if path == "/api/show":
            return 200, {
                "model_info": {"tokenizer.ggml.model": "llama", "tokenizer.ggml.add_bos_token": before == "<s>"}
            }
        return REST if path == "/api/generate" or begun(body) else WHOLE

    return play


async def test_ollama_continues_natively() -> None:
    async with playing_ollama(chat_template(native=True)) as server:
        engine = ollama(server)
        for _ in range(2):
            assert heard(await read(engine)) == (f"{BODY}\n```", False)
        how = "/api/chat, _debug_render_only: the prompt ends with it"
        assert engine.observed("m").prefill == Fact("native", "probe", how)
        await engine.aclose()
    probe, *rest = server.of("/api/chat")
    assert len(rest) == 2
    # The same options that load the model, or it would be loaded twice; and an Ollama that knows no such request
    # writes one token.
    assert probe["options"] == {"num_ctx": 2048, "num_predict": 1}
    assert (probe["stream"], probe["think"]) == (False, False)


async def test_ollama_is_sent_the_rendered_prompt_where_the_template_closes_the_turn() -> None:
    """The bundled templates of llama3, gemma3 and granite."""
    async with playing_ollama(chat_template(native=False)) as server:
        engine = ollama(server)
        assert heard(await read(engine)) == (f"{BODY}\n```", False)
        await engine.aclose()
    (sent,) = server.of("/api/generate")
    assert sent["prompt"].endswith(f"Rewrite it.<|im_start|>assistant\n{HEAD}")
    assert (sent["raw"], sent["think"], sent["stream"]) == (True, False, True)
    assert sent["options"]["stop"] == ["\n```"]


@pytest.mark.parametrize(("before", "kept"), [("<s>", ""), ("<bos>", "<bos>")])
async def test_a_rendered_prompt_begins_a_text_once(before: str, kept: str) -> None:
    """Its tokenizer adds the first token itself, unless the GGUF says that it doesn't."""
    async with playing_ollama(chat_template(native=False, before=before)) as server:
        engine = ollama(server)
        await read(engine)
        await engine.aclose()
    (sent,) = server.of("/api/generate")
    assert sent["prompt"].startswith(f"{kept}```python")


async def test_an_open_think_block_is_closed_before_the_beginning() -> None:
    async with playing_ollama(chat_template(native=False, turn="<|im_start|>assistant\n<think>\n")) as server:
        engine = ollama(server)
        await read(engine)
        await engine.aclose()
    (sent,) = server.of("/api/generate")
    assert sent["prompt"].endswith(f"<think>\n\n</think>\n\n{HEAD}")


async def test_ollama_without_a_turn_of_the_assistants_answers_from_the_first_line() -> None:
    async with playing_ollama(chat_template(native=False, turn="\n")) as server:
        engine = ollama(server)
        for _ in range(2):
            assert heard(await read(engine)) == ("".join(WHOLE), True)
        await engine.aclose()
    assert server.of("/api/generate") == []
    assert [bool(body.get("_debug_render_only")) for body in server.of("/api/chat")] == [True, True, False, False]


@pytest.mark.parametrize("answer", [["x"], (400, {"error": "no"}), (500, {"error": "no"}), (200, "[]"), (200, "{}")])
async def test_an_ollama_that_can_t_say_is_observed(answer: Reply) -> None:
    """Before 0.11.5, and forks: a probe is an ordinary request for one token there."""

    def play(path: str, body: dict[str, Any]) -> Reply:
        return answer if body.get("_debug_render_only") else WHOLE

    async with playing_ollama(play) as server:
        engine = ollama(server)
        for _ in range(2):
            assert heard(await read(engine)) == ("".join(WHOLE), True)
        await engine.aclose()
    probe, first, second = server.of("/api/chat")
    assert (begun(probe), begun(first), begun(second)) == (True, True, False)


async def test_raw_generation_that_is_refused_leaves_the_beginning_out() -> None:
    play = chat_template(native=False)

    def refusing(path: str, body: dict[str, Any]) -> Reply:
        return (400, {"error": "raw is not allowed here"}) if body.get("raw") else play(path, body)

    async with playing_ollama(refusing) as server:
        engine = ollama(server)
        for _ in range(2):
            assert heard(await read(engine)) == ("".join(WHOLE), True)
        await engine.aclose()
    assert len(server.of("/api/generate")) == 1


async def test_a_fork_of_ollama_that_refuses_a_field_is_asked_without() -> None:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if body.get("logprobs"):
            return 400, {"error": 'json: unknown field "logprobs"'}
        return ["mid"]

    request = InfillRequest("m", "before", "after", top_logprobs=20)
    async with playing_ollama(play) as server:
        engine = ollama(server)
        for count in (2, 3):
            assert heard(await read(engine, request)) == ("mid", False)
            assert len(server.asked) == count
        seen = engine.observed("m").logprobs
        assert seen is not None and not seen.value
        await engine.aclose()


# --- probabilities


@pytest.mark.parametrize("request_", [ask("", top_logprobs=5), InfillRequest("m", "a", "b", top_logprobs=5)])
async def test_an_engine_that_ignores_logprobs_is_known_by_its_answers(request_: ChatRequest | InfillRequest) -> None:
    async with playing_ollama(lambda path, body: ["x"]) as server:
        engine = ollama(server)
        assert engine.observed("m").logprobs is None
        await read(engine, request_)
        seen = engine.observed("m").logprobs
        await engine.aclose()
    assert seen is not None and (seen.value, seen.origin) == (False, "probe")


ROW = {"token": "x", "logprob": -0.1}
NO_PROBABILITIES = {
    "one object": {"content": [ROW]},
    "completions": {"tokens": ["x"], "token_logprobs": [-0.1]},
    "text": "x",
    "texts": ["x"],
    "without numbers": [{"token": "x", "logprob": None, "top_logprobs": [{"token": "x", "logprob": None}]}],
    "another field": [{"token": "x", "prob": 0.9}],
    "without alternatives": [ROW],
    "no list of alternatives": [{**ROW, "top_logprobs": {"x": -0.1}}],
    "zeros": [{"token": "x", "logprob": 0, "top_logprobs": [{"token": "x", "logprob": 0}]}],
    "placeholders": [{"token": "x", "logprob": -9999, "top_logprobs": [{"token": "x", "logprob": -9999}]}],
    "without tokens": [{"token": "", "logprob": -0.1, "top_logprobs": [{"token": "", "logprob": -0.1}]}],
}


@pytest.mark.parametrize("said", NO_PROBABILITIES.values(), ids=NO_PROBABILITIES)
@pytest.mark.parametrize("request_", [ask("", top_logprobs=5), InfillRequest("m", "a", "b", top_logprobs=5)])
async def test_probabilities_that_are_none_break_nothing(request_: ChatRequest | InfillRequest, said: object) -> None:
    """A symptom: "What answers is not Ollama"; or no note, for ever."""
    text = {"message": {"role": "assistant", "content": "x"}, "response": "x"}
    whole = {"model": "m", **text, "done": True, "done_reason": "stop", "logprobs": said}
    async with playing_ollama(lambda path, body: (200, whole)) as server:
        engine = ollama(server)
        assert heard(await read(engine, request_))[0] == "x"
        seen = engine.observed("m").logprobs
        await engine.aclose()
    assert seen is not None and seen.value is False


async def test_an_answer_without_text_says_nothing_of_probabilities() -> None:
    async with playing_ollama(lambda path, body: []) as server:
        engine = ollama(server)
        await read(engine, ask("", top_logprobs=5))
        await read(engine, ask(""))
        assert engine.observed("m").logprobs is None
        await engine.aclose()


# --- what is kept


def test_a_model_with_another_digest_is_another_model() -> None:
    seen = Observations()
    (model,) = seen.listed([ModelInfo("m", digest="1")])
    assert model.abilities.prefill == Fact("native")
    seen.prefill("m", "none", "an answer began anew")
    (model,) = seen.listed([ModelInfo("m", digest="1")])
    assert model.abilities.prefill == Fact("none", "probe", "an answer began anew")
    (model,) = seen.listed([ModelInfo("m", digest="2")])
    assert model.abilities.prefill == Fact("native")
    assert seen.of("m").prefill is None
