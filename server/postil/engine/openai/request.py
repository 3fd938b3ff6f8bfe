"""Requests to OpenAI-compatible servers, in the API's terms and in llama.cpp's own."""

from __future__ import annotations

import json
from typing import Literal

from postil.core.request import ChatRequest, InfillRequest, Message, Think
from postil.engine.json_values import JsonObject
from postil.engine.options import sampling_options, tools, top_logprobs

Dialect = Literal["openai", "llama.cpp"]

# A stream is often closed before its end, so each event has to carry the counters. And llama.cpp notices that a client
# has gone when it sends something: while it reads a prompt once a second, but with each batch when it sends progress.
_LLAMA_CPP = {"cache_prompt": True, "timings_per_token": True, "return_progress": True}


def chat_body(request: ChatRequest, dialect: Dialect) -> JsonObject:
    """For `/v1/chat/completions`."""
    messages: list[JsonObject] = [_message(message) for message in request.messages]
    if request.prefill:
        messages.append({"role": "assistant", "content": request.prefill})
    body: JsonObject = {
        "model": request.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **sampling_options(request.sampling, "max_tokens"),
    }
    if top := top_logprobs(request.top_logprobs):
        body |= {"logprobs": True, "top_logprobs": top}
    if request.json_schema:
        schema = {"name": "answer", "schema": json.loads(request.json_schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.tools:
        body["tools"] = tools(request.tools)
    body |= _thinking(request.think)
    if dialect == "llama.cpp":
        body |= _LLAMA_CPP
    if request.prefill:
        # Options of vLLM, and of llama.cpp since 2026-05, for continuing the last message; most other servers ignore
        # what they don't know.
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def _message(message: Message) -> JsonObject:
    body: JsonObject = {"role": message.role, "content": message.content}
    if message.calls:
        body["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.answers is not None:
        body["tool_call_id"] = message.answers.id
    return body


def _thinking(think: Think | None) -> JsonObject:
    """The fields for it. vLLM, SGLang and llama.cpp's server hand `chat_template_kwargs` to the model's template, which
    ignores the names that it doesn't know: `enable_thinking` is Qwen's and most others', `thinking` Granite's and
    DeepSeek's. gpt-oss takes `reasoning_effort` from there too; it is the OpenAI API's own field."""
    if think is None:
        return {}
    if isinstance(think, bool):
        return {"chat_template_kwargs": {"enable_thinking": think, "thinking": think}}
    return {"reasoning_effort": think, "chat_template_kwargs": {"reasoning_effort": think}}


def completion_body(request: ChatRequest, prompt: str) -> JsonObject:
    """For llama.cpp's `/completion`: a chat that is rendered already, with the beginning of its answer."""
    body: JsonObject = {
        "model": request.model,
        "prompt": prompt,
        "stream": True,
        **_LLAMA_CPP,
        **sampling_options(request.sampling, "n_predict"),
    }
    if request.top_logprobs:
        body["n_probs"] = request.top_logprobs
    return body


def infill_request(request: InfillRequest) -> tuple[str, JsonObject]:
    """The path on llama.cpp's server, and the body."""
    raw = request.raw()
    # `/infill` puts the header of an invented repository before the prefix, with which models fill in worse.
    path = "/infill" if raw is None else "/completion"
    prompt, sampling = raw or (request.begun, request.sampling)
    body: JsonObject = {
        "prompt": prompt,
        "stream": True,
        **_LLAMA_CPP,
        **sampling_options(sampling, "n_predict"),
    }
    if raw is None:
        body |= {"input_prefix": request.prefix, "input_suffix": request.suffix}
        if request.snippets:
            body["input_extra"] = [{"filename": name, "text": text} for name, text in request.others]
    if request.top_logprobs:
        body["n_probs"] = request.top_logprobs
    return path, body
