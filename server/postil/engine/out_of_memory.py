"""Recognises errors that say that memory ran out: no engine has a code for it."""

from __future__ import annotations

# Ollama 0.24 (llm/server.go, llm/status.go) and llama.cpp's and ggml's own.
_PHRASES = (
    "requires more system memory",
    "out of memory",
    "unable to load full model on gpu",
    "unable to allocate",
    "failed to allocate",
    "cudamalloc failed",
    "insufficient memory",
)


def ran_out(message: str) -> bool:
    return any(phrase in message.lower() for phrase in _PHRASES)
