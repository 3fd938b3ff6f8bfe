"""More memory asked for than any machine has: what the real engines say becomes OutOfMemory."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
from tests import parts
from tests.conftest import OllamaServer, running_ollama

from postil.core.request import ChatRequest, LoadOptions, Message
from postil.engine.base import Engine, OutOfMemory, TimeOuts
from postil.engine.download.store import resolver
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.ollama.engine import OllamaEngine
from postil.settings import Settings

# Ollama cuts num_ctx down to what the model was trained for (32,768 tokens, 12 kB each), so it is asked for many times
# over: 390 GB.
PARALLEL = 1000
# llama.cpp itself doesn't: 240 GB.
EMBEDDED_PARALLEL = 20
ABSURD = ChatRequest(parts.SMALL, (Message("user", "Hello"),), load=LoadOptions(num_ctx=1_048_576))


async def _said(engine: Engine) -> OutOfMemory:
    try:
        async with aclosing(engine.chat(ABSURD)) as stream:
            with pytest.raises(OutOfMemory) as caught:
                async for _ in stream:
                    pass
    finally:
        await engine.aclose()
    return caught.value


@pytest.mark.real_ollama
async def test_ollama(ollama_server: OllamaServer) -> None:
    with running_ollama(parts.ollama_binary(), ollama_server.models_dir, PARALLEL) as (host, _):
        error = await _said(OllamaEngine(host, TimeOuts()))
    assert error.model == parts.SMALL
    assert "smaller model" in str(error) and "num_ctx" in str(error)


@pytest.mark.real_embedded
async def test_the_embedded_engine(embedded_gguf: Path) -> None:
    error = await _said(
        EmbeddedEngine(resolver(Settings()), tuple, EmbeddedOptions(parts.THREADS, parallel=EMBEDDED_PARALLEL))
    )
    assert error.model == parts.SMALL
    assert "smaller" in str(error)
