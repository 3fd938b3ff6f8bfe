"""What a refusal is about, in the words of servers that refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from postil.engine.dialect.refused import refused_fields, without
from postil.engine.json_values import JsonObject, parse_object

BODY: JsonObject = {
    "model": "m",
    "messages": [],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.0,
    "min_p": 0.05,
    "stop": ["\n```"],
    "continue_final_message": True,
    "add_generation_prompt": False,
}
LOGPROBS: JsonObject = {"logprobs": True, "top_logprobs": 20}
ALL = {"add_generation_prompt", "continue_final_message", "min_p", "prefill", "stream_options"}
PREFILL = {"prefill", "continue_final_message", "add_generation_prompt"}


def fields(answer: Any, status: int = 400, body: JsonObject = BODY, *, begun: bool = True) -> set[str]:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return set(refused_fields(status, text, parse_object(text), body, begun=begun))


@pytest.mark.parametrize(
    "words",
    [
        # Mistral's tokenizer in vLLM; vLLM; chat templates; Anthropic-like gateways; LiteLLM.
        "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
        "continue_final_message is set but the final message does not appear in the chat after applying the template!",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
        "The last message must be from the user",
        "assistant prefix is not supported",
        "Prefilling is not possible with this model",
        "Last message role 'assistant' is invalid",
    ],
)
def test_a_refused_beginning(words: str) -> None:
    assert fields({"error": {"message": words}}) >= PREFILL
    assert fields({"detail": words}, 422) >= PREFILL
    assert fields(words, 501) >= PREFILL


@pytest.mark.parametrize(
    "words",
    [
        "Cannot have 2 or more assistant messages at the end of the list.",
        "jinja2.exceptions.TemplateError: Conversation must end with user",
        "Error rendering prompt with jinja template: unexpected role",
        "Requests ending with a model turn are not supported",
        "Please ensure that single turn requests end with a user role",
    ],
)
def test_a_beginning_at_which_a_server_breaks(words: str) -> None:
    assert fields({"error": {"message": words}}, 500) >= PREFILL


def test_a_field_at_which_a_server_breaks() -> None:
    words = "create_chat_completion() got an unexpected keyword argument 'min_p'"
    assert fields({"error": {"message": words}}, 500) == {"min_p"}
    assert fields({"error": {"message": "CUDA error: the min_p kernel"}}, 500) == set()


def test_the_limit_of_tokens_is_sent_by_its_newer_name() -> None:
    words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    body: JsonObject = {"model": "m", "messages": [], "stream": True, "max_tokens": 9}
    assert fields({"error": {"message": words, "param": "max_tokens"}}, body=body, begun=False) == {"max_tokens"}
    renamed = without(body, frozenset({"max_tokens"}))
    assert renamed == {"model": "m", "messages": [], "stream": True, "max_completion_tokens": 9}
    assert "max_completion_tokens" not in without(body, frozenset({"max_tokens", "max_completion_tokens"}))


def test_llama_servers_conflict_of_prefill_and_thinking_switches_the_thinking_off_first() -> None:
    error = {"error": {"code": 400, "message": "Assistant response prefill is incompatible with enable_thinking."}}
    assert fields(error) == {"enable_thinking"}
    asked = without(BODY, frozenset({"enable_thinking"}))
    assert asked == {**BODY, "chat_template_kwargs": {"enable_thinking": False}}
    assert fields(error, body=asked) >= PREFILL


# FastAPI's: each of the problems, where it is and what it found there.
EXTRA = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted"}
IN_MIN_P, IN_STREAM = {**EXTRA, "loc": ["body", "min_p"]}, {**EXTRA, "loc": ["body", "stream_options"]}
IN_LAST = {"loc": ["body", "messages", 2, "role"], "msg": "no", "input": "stream_options temperature"}
BOTH = "Cannot set both `continue_final_message` and `add_generation_prompt` to True."


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        ({"error": {"message": "Unrecognized request argument supplied: stream_options"}}, 400, {"stream_options"}),
        ({"error": {"message": "Unknown parameter.", "param": "stream_options"}}, 400, {"stream_options"}),
        ({"error": {"message": "no", "param": "messages.[2].role"}}, 400, PREFILL),
        ({"detail": [IN_MIN_P]}, 422, {"min_p"}),
        ({"detail": [IN_MIN_P, IN_STREAM]}, 422, {"min_p", "stream_options"}),
        ({"detail": [IN_LAST]}, 422, PREFILL),
        (BOTH, 400, {"continue_final_message", "add_generation_prompt"}),
        ({"error": "'temperature' does not support 0.0 with this model"}, 400, {"temperature"}),
        ({"error": {"message": "min_p: not implemented"}}, 501, {"min_p"}),
        ({"error": 'json: unknown field "min_p"'}, 400, {"min_p"}),
    ],
)
def test_a_field_that_is_named(answer: Any, status: int, expected: set[str]) -> None:
    assert fields(answer, status) == expected


@pytest.mark.parametrize(
    "answer", ["", "Bad Request", {"error": "invalid request"}, "<html>no</html>", "[1]", {"detail": "?"}]
)
@pytest.mark.parametrize("status", [400, 422, 501])
def test_a_refusal_without_a_name_leaves_all_extras_out_at_once(answer: Any, status: int) -> None:
    assert fields(answer, status) == ALL
    assert fields(answer, status, BODY | LOGPROBS, begun=False) == (ALL - {"prefill"}) | set(LOGPROBS)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 413, 429, 500, 502, 503, 504])
def test_other_refusals_are_not_about_a_field(status: int) -> None:
    assert fields({"error": "stream_options"}, status) == set()
    assert fields("", status) == set()


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (stop).",
        "the request exceeds the available context size, try increasing it",
        "prompt too long",
        "Invalid API key",
        "model 'm' not found, try pulling it first",
        '"m" does not support insert',
        '"m" does not support chat',
    ],
)
def test_what_no_shorter_request_escapes_is_not_asked_again(words: str) -> None:
    assert fields({"error": words}) == set()


def test_logprobs_go_together_and_the_alternatives_alone() -> None:
    assert fields("logprobs is not supported", body=BODY | LOGPROBS) == {"logprobs", "top_logprobs"}
    assert fields("top_logprobs must be at most 5", body=BODY | LOGPROBS) == {"top_logprobs"}
    template: JsonObject = {**BODY, "chat_template_kwargs": {}}
    assert fields('"m" does not support chat_template_kwargs', body=template) == {"chat_template_kwargs"}


def test_options_of_ollama_are_left_out_where_they_are() -> None:
    body: JsonObject = {"model": "m", "think": False, "options": {"num_ctx": 2048, "min_p": 0.05}}
    assert fields({"error": "option min_p is unknown"}, body=body, begun=False) == {"min_p"}
    assert without(body, frozenset({"min_p", "think"})) == {"model": "m", "options": {"num_ctx": 2048}}
    assert fields({"error": '"m" does not support think'}, body=body, begun=False) == {"think"}
