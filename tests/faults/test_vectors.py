"""The rows of the matrix about vectors: what an engine raises, and that the next request is served."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests import parts
from tests.conftest import OllamaServer, running_ollama
from tests.faults.engines import Behind, behind
from tests.faults.faults import FAULTS, elsewhere
from tests.faults.matrix import Fault, matrix, says
from tests.faults.proxy import Proxy
from tests.tiny.embedder import CONTEXT, hold, write_embedder

from postil.core.request import EmbedRequest, LoadOptions
from postil.engine.base import Engine, EngineError, TimeOuts
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine

pytestmark = [pytest.mark.real_ollama, pytest.mark.real_embedded]

NAME = "all-minilm:22m"
ASK = EmbedRequest(NAME, ("read file", "write file"), load=LoadOptions(num_ctx=CONTEXT, num_thread=parts.THREADS))
# No fault may need the long one.
LONG, SHORT = TimeOuts(connect=2.0, first_token=100.0), TimeOuts(connect=2.0, first_token=5.0)
LATEST = 60.0

ROWS = [
    (engine, fault)
    for engine in ("ollama", "openai", "embedded")
    for fault in matrix()
    if fault.raised(engine) is not None
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embedder") / "tiny.gguf"
    write_embedder(path)
    return path


@pytest.fixture(scope="module")
def ollama(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[OllamaServer]:
    models = tmp_path_factory.mktemp("ollama") / "models"
    with running_ollama(parts.ollama_binary(), models) as (host, pid):
        hold(host, NAME, weights)
        yield OllamaServer(host, NAME, models, pid)


@asynccontextmanager
async def engine_at(there: Behind, weights: Path, limits: TimeOuts) -> AsyncIterator[Engine]:
    engine: Engine
    if there.name == "embedded":
        options = EmbeddedOptions(parts.THREADS, parallel=1, gpu_layers=0)
        engine = EmbeddedEngine(lambda _: weights, tuple, options, limits)
    elif there.name == "openai":
        engine = OpenAICompatEngine(there.proxy.url, timeouts=limits)
    else:
        engine = OllamaEngine(there.proxy.url, limits)
    try:
        yield engine
    finally:
        await engine.aclose()


@pytest.mark.parametrize(("name", "fault"), ROWS, ids=[f"{engine}-{fault.name}" for engine, fault in ROWS])
async def test_a_fault_is_told_and_the_next_vectors_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ollama: OllamaServer, weights: Path, name: str, fault: Fault
) -> None:
    async with behind(name, tmp_path, ollama, weights) as there:
        for variable, value in there.environment.items():
            # The embedded engine's child: its library is the one that says that it is at the proxy's address.
            monkeypatch.setenv(variable, os.pathsep.join(filter(None, (value, os.environ.get(variable)))))
        async with engine_at(there, weights, SHORT if fault.short else LONG) as engine:
            assert len((await asyncio.wait_for(engine.embed(ASK), LATEST)).vectors) == 2, "the control"
            if fault.does == "refuse":
                await there.proxy.refuse()
            else:
                there.proxy.do(FAULTS[fault.does], frozenset({"embed"}))
            with pytest.raises(EngineError) as caught:
                await asyncio.wait_for(engine.embed(ASK), LATEST)
            expected = fault.raised(name)
            assert expected is not None and says(expected, str(caught.value)), str(caught.value)
            if fault.does == "refuse":
                await there.proxy.listen()
            else:
                assert there.proxy.struck > 0, "the fault was never met"
            there.proxy.do(None)
            assert len((await asyncio.wait_for(engine.embed(ASK), LATEST)).vectors) == 2


async def test_a_redirect_is_not_followed(tmp_path: Path, ollama: OllamaServer, weights: Path) -> None:
    trap = Proxy(lambda: "http://127.0.0.1:9")
    await trap.listen()
    async with behind("ollama", tmp_path, ollama) as there, engine_at(there, weights, LONG) as engine:
        there.proxy.do(elsewhere(trap.url), frozenset({"embed"}))
        with pytest.raises(EngineError, match="redirects to"):
            await engine.embed(ASK)
    await trap.close()
    assert trap.asked == []
