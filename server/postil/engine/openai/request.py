"""The requests to OpenAI-compatible servers, in their words and in llama.cpp's own."""

from __future__ import annotations

import json
from typing import Any, Literal

from postil.core.models.catalogue import catalogue
from postil.core.request import ChatRequest, InfillRequest
from postil.engine.options import logprob_options, sampling_options

Dialect = Literal["openai", "llama.cpp"]

# A stream is often left before its end: each of its events has to carry the counters. And llama.cpp notices that a
# client has gone when it sends something; while it reads a prompt it looks only once a second, but for the progress.
_NATIVE = {"cache_prompt": True, "timings_per_token": True, "return_progress": True}


def chat_body(request: ChatRequest, dialect: Dialect) -> dict[str, Any]:
    """For `/v1/chat/completions`."""
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    if request.prefill:
        messages.append({"role": "assistant", "content": request.prefill})
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **sampling_options(request.sampling, "max_tokens"),
        **logprob_options(request.top_logprobs),
    }
    if request.json_schema:
        schema = {"name": "answer", "schema": json.loads(request.json_schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if dialect == "llama.cpp":
        body |= _NATIVE
    elif request.prefill:
        # vLLM's words for continuing the last message; other servers ignore what they don't know.
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def infill_body(request: InfillRequest) -> tuple[str, dict[str, Any]]:
    """The path on llama.cpp's server, and what is sent there."""
    known = catalogue().get(request.model)
    tokens = catalogue().infill_of(known) if known else None
    if tokens is None:
        path, prompt = "/infill", request.begun
    else:
        # `/infill` puts a made-up repository's header before the prefix, with which models fill in worse.
        path = "/completion"
        framed = (tokens.prefix, request.prefix, tokens.suffix, request.suffix, tokens.middle, request.begun)
        prompt = "".join(framed)
    body: dict[str, Any] = {
        "prompt": prompt,
        "stream": True,
        **_NATIVE,
        **sampling_options(request.sampling, "n_predict"),
    }
    if tokens is None:
        body |= {"input_prefix": request.prefix, "input_suffix": request.suffix}
    if request.top_logprobs:
        body["n_probs"] = request.top_logprobs
    return path, body
