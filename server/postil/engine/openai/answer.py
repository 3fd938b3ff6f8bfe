"""The answers of OpenAI-compatible servers, as deltas; and the values in them that nothing may trust."""

from __future__ import annotations

import json
from typing import Any

from postil.core.request import Alternative, Delta, TokenProb, Usage
from postil.core.text.plain import one_line

# Far beyond any time or logprob, and far from where floats overflow.
_ABSURD = 1e12
# Of an error, in a sentence of ours.
SAID = 300


class Echo:
    """Strips the assistant's prefill where a server repeats it as the beginning of its answer (llama.cpp does,
    Ollama and vLLM don't): once, and only if the answer really begins with all of it."""

    def __init__(self, prefill: str) -> None:
        self._expected = prefill
        self._held: list[Delta] = []
        self._seen = ""

    def strip(self, delta: Delta) -> Delta | None:
        if not self._expected:
            return delta
        self._held.append(delta)
        self._seen += delta.text
        undecided = self._expected.startswith(self._seen) and len(self._seen) < len(self._expected)
        if undecided and delta.finish is None:
            return None
        expected, self._expected = self._expected, ""
        echoed = self._seen.startswith(expected)
        text = self._seen[len(expected) :] if echoed else self._seen
        tokens = tuple(token for held in self._held for token in held.tokens)
        if echoed and tokens and "".join(token.text for token in tokens) == self._seen:
            tokens = ()
        return Delta(text, tokens, delta.finish, delta.usage)


def chat_deltas(event: dict[str, Any]) -> list[Delta]:
    """A chunk of a chat completion: one delta, or none for a chunk without anything."""
    usage = _usage(event)
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return [Delta(usage=usage)] if usage else []
    choice = choices[0]
    delta = choice.get("delta")
    text = _text(delta.get("content")) if isinstance(delta, dict) else ""
    logprobs = choice.get("logprobs")
    tokens = _tokens(logprobs.get("content")) if isinstance(logprobs, dict) else ()
    finish = choice.get("finish_reason")
    reason = None if finish is None else "length" if finish == "length" else "stop"
    return [Delta(text, tokens, reason, usage)]


def _tokens(rows: Any) -> tuple[TokenProb, ...]:
    if not isinstance(rows, list):
        return ()
    return tuple(
        TokenProb(_text(row.get("token")), log_probability(row.get("logprob")), _alternatives(row.get("top_logprobs")))
        for row in rows
        if isinstance(row, dict)
    )


def _alternatives(rows: Any) -> tuple[Alternative, ...]:
    if not isinstance(rows, list):
        return ()
    return tuple(
        Alternative(_text(row.get("token")), log_probability(row.get("logprob")))
        for row in rows
        if isinstance(row, dict)
    )


def _usage(event: dict[str, Any]) -> Usage | None:
    if isinstance(event.get("timings"), dict):
        return _timings(event["timings"])
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(
        whole_number(usage.get("prompt_tokens")) or 0,
        whole_number(usage.get("completion_tokens")) or 0,
        whole_number(cached),
    )


def _timings(timings: dict[str, Any]) -> Usage:
    """llama.cpp: `prompt_n` counts evaluated tokens, `cache_n` those it found in its cache; times in ms."""
    cached = whole_number(timings.get("cache_n")) or 0
    return Usage(
        (whole_number(timings.get("prompt_n")) or 0) + cached,
        whole_number(timings.get("predicted_n")) or 0,
        cached,
        _number(timings.get("prompt_ms")) / 1000,
        _number(timings.get("predicted_ms")) / 1000,
    )


def infill_delta(event: dict[str, Any]) -> Delta:
    """A piece of llama.cpp's own `/infill` stream."""
    stopped = event.get("stop") is True
    reason = "length" if event.get("stop_type") == "limit" else "stop"
    usage = _timings(event["timings"]) if isinstance(event.get("timings"), dict) else None
    tokens = _tokens(event.get("completion_probabilities"))
    return Delta(_text(event.get("content")), tokens, reason if stopped else None, usage)


def as_object(text: str) -> dict[str, Any] | None:
    """The JSON object in a text; None when it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def message_of(error: Any) -> str:
    """The words of an error, in whichever shape the server gives them."""
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return one_line(str(error))[:SAID]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def whole_number(value: Any) -> int | None:
    """A count that arithmetic can trust."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def log_probability(value: Any) -> float:
    """A missing or absurd one counts as certain (0); llama.cpp's "never" (the lowest float) stays never."""
    never = isinstance(value, int | float) and value <= -_ABSURD
    return -_ABSURD if never else _number(value)


def _number(value: Any) -> float:
    """A float that arithmetic can trust; 0 for anything else."""
    return float(value) if isinstance(value, int | float) and abs(value) < _ABSURD else 0.0
