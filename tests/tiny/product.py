"""What Postil knows of a tiny model: what its engine describes, completed by what a request shows."""

from __future__ import annotations

from contextlib import aclosing

from tests.tiny.observe import LlamaServer, OllamaModel

from postil.core.models.abilities import Abilities
from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.base import Engine, TimeOuts
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine

# A review begins its answers so: the engine is asked whether they are continued.
BEGUN = "```python\ntotal ="
# For a machine that others use.
_TIME = TimeOuts(connect=60.0)


async def of_ollama(model: OllamaModel) -> Abilities:
    return await _known(OllamaEngine(str(model.client.base_url), _TIME), model.model)


async def of_llama_server(server: LlamaServer, key: str) -> Abilities:
    engine = OpenAICompatEngine(str(server.client.base_url), key, _TIME, dialect="llama.cpp")
    return await _known(engine)


async def _known(engine: Engine, name: str | None = None) -> Abilities:
    try:
        models = (await engine.facts()).models
        described = await engine.describe(next(model for model in models if name in (None, model.name)))
        thinks = described.abilities.thinking.value
        request = ChatRequest(
            described.name,
            (Message("user", "Look at this."),),
            prefill=BEGUN,
            sampling=Sampling(max_tokens=40),
            load=LoadOptions(num_ctx=4096, num_thread=1),
            think=None if thinks == "none" else "low" if thinks == "levels" else False,
        )
        async with aclosing(engine.chat(request)) as deltas:
            async for _ in deltas:
                pass
        return (await engine.describe(described)).abilities
    finally:
        await engine.aclose()
