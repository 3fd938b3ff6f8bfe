"""The options of a request for which Ollama, the OpenAI API and llama.cpp have the same words."""

from __future__ import annotations

from typing import Any

from postil.core.request import Sampling

# The OpenAI API knows no more alternatives of a token, and Ollama refuses to tell more.
MOST_LOGPROBS = 20


def sampling_options(sampling: Sampling, limit: str) -> dict[str, Any]:
    """What is set of it; `limit` is the server's name for the most tokens to write."""
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


def logprob_options(top: int) -> dict[str, Any]:
    """For so many alternatives a token; nothing for none."""
    return {"logprobs": True, "top_logprobs": min(top, MOST_LOGPROBS)} if top else {}
