"""The options of a request that have the same names in Ollama, the OpenAI API and llama.cpp."""

from __future__ import annotations

from postil.core.agent.tool import ToolSpec
from postil.core.request import Sampling
from postil.engine.json_values import JsonObject, parse_object

# The most alternatives a token that the OpenAI API and Ollama give.
MAX_TOP_LOGPROBS = 20


def sampling_options(sampling: Sampling, limit: str) -> JsonObject:
    """The sampling options that are set; `limit` is the server's name for `max_tokens`."""
    values: JsonObject = {
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "seed": sampling.seed,
        limit: sampling.max_tokens,
        "stop": list(sampling.stop) or None,
    }
    return without_none(values)


def top_logprobs(wanted: int) -> int | None:
    """How many alternatives a token to request; None for none."""
    return min(wanted, MAX_TOP_LOGPROBS) or None


def tools(specs: tuple[ToolSpec, ...]) -> list[JsonObject]:
    """The tools that a model may call; Ollama's `/api/chat` takes them in the shape of the OpenAI API."""
    return [
        {
            "type": "function",
            "function": {
                "name": spec.name,
                "description": spec.description,
                "parameters": parse_object(spec.schema) or {"type": "object", "properties": {}},
            },
        }
        for spec in specs
    ]


def without_none(values: JsonObject) -> JsonObject:
    return {key: value for key, value in values.items() if value is not None}
