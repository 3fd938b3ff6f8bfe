"""The requests to OpenAI-compatible servers, in their words and in llama.cpp's own."""

from __future__ import annotations

import json
from typing import Any, Literal

from postil.core.catalogue import catalogue
from postil.core.request import ChatRequest, InfillRequest, Sampling

Dialect = Literal["openai", "llama.cpp"]

# The API knows no more alternatives of a token.
MOST_LOGPROBS = 20
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
        **_sampling(request.sampling, "max_tokens"),
    }
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": min(request.top_logprobs, MOST_LOGPROBS)}
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
    body: dict[str, Any] = {"prompt": prompt, "stream": True, **_NATIVE, **_sampling(request.sampling, "n_predict")}
    if tokens is None:
        body |= {"input_prefix": request.prefix, "input_suffix": request.suffix}
    if request.top_logprobs:
        body["n_probs"] = request.top_logprobs
    return path, body


def _sampling(sampling: Sampling, limit: str) -> dict[str, Any]:
    values = {
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "seed": sampling.seed,
        limit: sampling.max_tokens,
        "stop": list(sampling.stop) or None,
    }
    return {key: value for key, value in values.items() if value is not None}
