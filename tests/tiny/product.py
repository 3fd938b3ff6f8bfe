"""What Postil knows of a tiny model: told by the engine and its family, completed by what a request shows."""

from __future__ import annotations

from contextlib import aclosing

from tests.tiny.families import Family
from tests.tiny.observe import LlamaServer, OllamaModel

from postil.core.models.abilities import Abilities
from postil.core.models.families import families
from postil.core.models.told import LLAMA_CPP, OLLAMA, EngineTraits, Told, abilities_of
from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.base import Engine, TimeOuts
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine

# A review begins its answers so: the engine is asked whether they are continued.
BEGUN = "```python\ntotal ="
# For a machine that others use.
_TIME = TimeOuts(connect=60.0)


async def of_ollama(model: OllamaModel) -> Abilities:
    shown = model.shown()
    info = shown["model_info"]
    architecture = info["general.architecture"]
    told = Told(
        model.model,
        None,
        tuple(shown["capabilities"]),
        "/api/show",
        shown["template"],
        info[f"{architecture}.context_length"],
    )
    engine = OllamaEngine(str(model.client.base_url), _TIME)
    return await _seen(engine, told, architecture, OLLAMA)


async def of_llama_server(server: LlamaServer, family: Family, key: str) -> Abilities:
    told = Told(family.name, None, None, "/props", server.props()["chat_template"])
    engine = OpenAICompatEngine(str(server.client.base_url), key, _TIME, dialect="llama.cpp", slots=1)
    return await _seen(engine, told, family.architecture, LLAMA_CPP)


async def _seen(engine: Engine, told: Told, architecture: str, traits: EngineTraits) -> Abilities:
    abilities = abilities_of(told, families().find((told.name,), architecture), None, traits)
    thinks = abilities.thinking.value
    request = ChatRequest(
        told.name,
        (Message("user", "Look at this."),),
        prefill=BEGUN,
        sampling=Sampling(max_tokens=40),
        load=LoadOptions(num_ctx=4096, num_thread=1),
        think=None if thinks == "none" else "low" if thinks == "levels" else False,
    )
    try:
        async with aclosing(engine.chat(request)) as deltas:
            async for _ in deltas:
                pass
        return engine.observed(told.name).completed(abilities)
    finally:
        await engine.aclose()
