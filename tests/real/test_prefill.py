"""How real engines take the beginning of an answer: natively, by the rendered prompt, or not at all. The weights are
the same, the template of each model is another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import httpx
import pytest
import pytest_asyncio
from tests import parts
from tests.conftest import OllamaServer

from postil.core.request import ChatRequest, Delta, LoadOptions, Message, Sampling
from postil.engine.base import Engine, TimeOuts
from postil.engine.download.store import resolver
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.ollama.engine import OllamaEngine
from postil.settings import Settings

LOAD = LoadOptions(num_ctx=2048)
CODE = "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result\n"
HEAD = "```python\ndef total(prices):\n    result = 0\n"
REST = "    for price in prices:\n"

# As Ollama's bundled templates for bare GGUFs do (llama3, gemma3, granite): the assistant's turn is always closed.
CLOSED = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
# The same, with reasoning that the template opens, as DeepSeek-R1's does.
THINKS = CLOSED.removesuffix("\n") + "\n<think>\n"
# No turn is opened for an answer.
PLAIN = "{{- range .Messages }}{{ .Content }}\n{{ end }}"
TEMPLATES = {"postil-closed": CLOSED, "postil-thinks": THINKS, "postil-plain": PLAIN}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def variants(ollama_server: OllamaServer) -> Iterator[OllamaServer]:
    """The smallest model under other templates: its weights are there once."""
    with httpx.Client(base_url=ollama_server.host, trust_env=False, timeout=60.0) as client:
        for name, template in TEMPLATES.items():
            body = {"model": name, "from": ollama_server.model, "template": template, "stream": False}
            client.post("/api/create", json=body).raise_for_status()
        yield ollama_server
        for name in TEMPLATES:
            client.request("DELETE", "/api/delete", json={"model": name})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ollama(variants: OllamaServer) -> AsyncIterator[OllamaEngine]:
    # A token may take long on a machine that others use.
    engine = OllamaEngine(variants.host, TimeOuts(between_tokens=300.0))
    yield engine
    await engine.aclose()


def ask(model: str, prefill: str = HEAD, tokens: int = 12) -> ChatRequest:
    sampling = Sampling(temperature=0.0, max_tokens=tokens, stop=("\n```",))
    asked = Message("user", f"```python\n{CODE}```\n\nRepeat this code as it is.")
    return ChatRequest(model, (asked,), prefill, sampling, LOAD)


async def answer(engine: Engine, request: ChatRequest) -> tuple[str, bool, list[Delta]]:
    """The text, whether it began anew, and all deltas."""
    async with aclosing(engine.chat(request)) as stream:
        deltas = [delta async for delta in stream]
    text, anew = "", False
    for delta in deltas:
        text, anew = (delta.text, True) if delta.anew else (text + delta.text, anew)
    return text, anew, deltas


@pytest.mark.real_ollama
async def test_a_template_that_leaves_the_last_turn_open_continues(ollama: OllamaEngine) -> None:
    text, anew, _ = await answer(ollama, ask(parts.SMALL))
    assert (text.startswith(REST), anew) == (True, False)
    seen = ollama.observed(parts.SMALL).prefill
    assert seen is not None and (seen.value, seen.origin) == ("native", "probe")


@pytest.mark.real_ollama
async def test_where_the_template_closes_the_turn_the_rendered_prompt_is_sent(ollama: OllamaEngine) -> None:
    text, anew, deltas = await answer(ollama, ask("postil-closed"))
    assert (text.startswith(REST), anew) == (True, False)
    assert deltas[-1].finish in ("stop", "length")
    assert deltas[-1].usage is not None and deltas[-1].usage.prompt_tokens > 20
    seen = ollama.observed("postil-closed").prefill
    assert seen is not None and (seen.value, seen.origin) == ("raw", "probe")
    # An interrupted rewrite goes on behind what is there, its margin included.
    text, anew, _ = await answer(ollama, ask("postil-closed", f"{HEAD}{REST}        result"))
    assert (text.startswith(" += price"), anew) == (True, False)


@pytest.mark.real_ollama
async def test_reasoning_that_the_template_opens_is_closed_before_the_beginning(ollama: OllamaEngine) -> None:
    text, anew, _ = await answer(ollama, ask("postil-thinks"))
    assert (text.startswith(REST), anew) == (True, False)


@pytest.mark.real_ollama
@pytest.mark.skipif(
    parts.ollama_version() == parts.NEWEST_OLLAMA, reason="it prefers the weights' own template to one without turns"
)
async def test_without_a_turn_for_the_answer_it_begins_anew(ollama: OllamaEngine) -> None:
    _, anew, _ = await answer(ollama, ask("postil-plain"))
    assert anew
    seen = ollama.observed("postil-plain").prefill
    assert seen is not None and (seen.value, seen.origin) == ("none", "probe")


@pytest.mark.real_ollama
async def test_a_probe_doesn_t_load_the_model_anew(variants: OllamaServer, ollama: OllamaEngine) -> None:
    """It has the options of the request that follows."""
    await answer(ollama, ask("postil-closed", tokens=1))
    async with httpx.AsyncClient(base_url=variants.host, trust_env=False, timeout=30.0) as client:
        loaded = (await client.get("/api/ps")).json()["models"]
    # The names share their weights, so one of them stands for all.
    assert [model["context_length"] for model in loaded] == [LOAD.num_ctx]


@pytest.mark.real_ollama
async def test_ollama_tells_probabilities(ollama: OllamaEngine) -> None:
    request = ChatRequest(parts.SMALL, (Message("user", "Hi"),), "", Sampling(max_tokens=1), LOAD, top_logprobs=5)
    await answer(ollama, request)
    seen = ollama.observed(parts.SMALL).logprobs
    assert seen is not None and seen.value


@pytest.mark.real_embedded
async def test_the_embedded_engine_says_how_it_renders(embedded_gguf: object) -> None:
    engine = EmbeddedEngine(resolver(Settings()), tuple, EmbeddedOptions(parallel=1))
    try:
        text, anew, _ = await answer(engine, ask(parts.SMALL))
        assert (text.startswith(REST), anew) == (True, False)
        seen = engine.observed(parts.SMALL)
        assert seen.prefill is not None and (seen.prefill.value, seen.prefill.origin) == ("native", "probe")
        assert "/apply-template" in seen.prefill.how
        # It takes vLLM's options for continuing the last message.
        assert seen.refusals == ()
    finally:
        await engine.aclose()
