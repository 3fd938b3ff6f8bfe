"""Why an answer ended, in any server's words."""

from __future__ import annotations

from typing import Literal

# Where the model didn't end it: a limit (OpenAI, Mistral, Gemini, Anthropic and others behind gateways), a filter, a
# server that gave up (vLLM, DeepSeek, Zhipu).
_CUT_OFF = frozenset({
    *("length", "max_tokens", "max_output_tokens", "model_length", "token_limit", "limit"),
    *("content_filter", "safety", "recitation", "prohibited_content", "blocklist", "sensitive", "refusal"),
    *("abort", "aborted", "cancelled", "canceled", "error", "timeout", "network_error", "insufficient_system_resource"),
})  # fmt: skip


def finish_of(reason: object) -> Literal["stop", "length"]:
    """An answer that was cut off says nothing by what it lacks; one that the model ended does."""
    return "length" if isinstance(reason, str) and reason.lower() in _CUT_OFF else "stop"
