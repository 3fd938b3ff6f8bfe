"""Whether an engine's words say that memory ran out: none of them has a code for it."""

from __future__ import annotations

# Ollama 0.24 (llm/server.go, llm/status.go) and llama.cpp's and ggml's own.
_SAID = (
    "requires more system memory",
    "out of memory",
    "unable to load full model on gpu",
    "unable to allocate",
    "failed to allocate",
    "cudamalloc failed",
    "insufficient memory",
)


def ran_out(said: str) -> bool:
    return any(words in said.lower() for words in _SAID)
