"""Vectors of texts by real engines: those of a tiny model that is written for it, and of a real one."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from tests import parts
from tests.conftest import running_ollama
from tests.service.indexing import scanned
from tests.service.test_index_scan import write
from tests.service.vectors import filled
from tests.tiny.embedder import CONTEXT, hold, write_embedder

from postil.core.request import Embeddings, EmbedRequest, InfillRequest, LoadOptions, Sampling
from postil.engine.base import Engine, EngineRefused, EngineUnavailable, ModelInfo, TimeOuts
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.ollama.admin import OllamaAdmin
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.picking.embedder import embedder
from postil.engine.picking.pick import EngineChoice
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import IndexPlace
from postil.service.context.index.store import Store
from postil.service.context.query.question import find

NAME = "all-minilm:22m"
# For a machine that others use.
TIME = TimeOuts(connect=60.0, first_token=300.0)
LOAD = LoadOptions(num_ctx=CONTEXT, num_thread=parts.THREADS)
OPTIONS = EmbeddedOptions(parts.THREADS, parallel=1, gpu_layers=0)
KINDS = [
    pytest.param("ollama", marks=pytest.mark.real_ollama),
    pytest.param("openai", marks=pytest.mark.real_ollama),
    pytest.param("newest ollama", marks=pytest.mark.real_ollama),
    pytest.param("embedded", marks=pytest.mark.real_embedded),
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embedder") / "tiny.gguf"
    write_embedder(path)
    return path


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[dict[str, str]]:
    """The addresses of both Ollamas, which are started when they are asked for."""
    found: dict[str, str] = {}
    servers = []
    for version in (parts.OLLAMA_VERSION, parts.NEWEST_OLLAMA):
        models = tmp_path_factory.mktemp("ollama") / "models"
        server = running_ollama(parts.ollama_binary(version), models)
        found[version], _ = server.__enter__()
        servers.append(server)
        hold(found[version], NAME, weights)
    yield found
    for server in servers:
        server.__exit__(None, None, None)


@asynccontextmanager
async def engine_of(kind: str, request: pytest.FixtureRequest, weights: Path) -> AsyncIterator[Engine]:
    engine: Engine
    if kind == "embedded":
        parts.xllamacpp()
        engine = EmbeddedEngine(lambda _: weights, tuple, OPTIONS, TIME)
    else:
        hosts: dict[str, str] = request.getfixturevalue("hosts")
        host = hosts[parts.NEWEST_OLLAMA if kind.startswith("newest") else parts.OLLAMA_VERSION]
        engine = OpenAICompatEngine(f"{host}/v1", timeouts=TIME) if kind == "openai" else OllamaEngine(host, TIME)
    try:
        yield engine
    finally:
        await engine.aclose()


def ask(*texts: str) -> EmbedRequest:
    return EmbedRequest(NAME, texts, load=LOAD)


def near(one: array[float], other: array[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def like(found: Embeddings) -> list[float]:
    """How near each is to the first."""
    return [round(near(found.vectors[0], vector), 2) for vector in found.vectors]


@pytest.mark.parametrize("kind", KINDS)
async def test_texts_with_the_same_words_are_near(kind: str, request: pytest.FixtureRequest, weights: Path) -> None:
    async with engine_of(kind, request, weights) as engine:
        found = await engine.embed(ask("read file", "file read", "write file", "parse token", "", "#[]"))
        again = await engine.embed(ask("read file"))
    likeness = like(found)
    assert likeness[:2] == [1.0, 1.0] and 0.3 < likeness[2] < 0.9 and max(likeness[3:]) < 0.3
    assert (len(found.vectors), found.dimension) == (6, 64) and found.tokens > 0
    assert near(found.vectors[0], again.vectors[0]) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_long_list_and_one_long_text(kind: str, request: pytest.FixtureRequest, weights: Path) -> None:
    words = ["read", "write", "open", "close"]
    texts = [f"{words[number % 4]} file" for number in range(70)]
    async with engine_of(kind, request, weights) as engine:
        found = await engine.embed(ask(*texts, "read file " * CONTEXT))
        one = await engine.embed(ask("read file"))
    assert [near(one.vectors[0], vector) > 0.95 for vector in found.vectors] == [
        *(number % 4 == 0 for number in range(70)),
        True,
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancelled_request_frees_the_engine(kind: str, request: pytest.FixtureRequest, weights: Path) -> None:
    """Thousands of texts would take minutes: who cancels them is served at once."""
    async with engine_of(kind, request, weights) as engine:
        await engine.embed(ask("read"))
        task = asyncio.create_task(engine.embed(ask(*["read file " * 200] * 4000)))
        await asyncio.wait({task}, timeout=0.5)
        assert not task.done(), "the control"
        task.cancel()
        began = time.monotonic()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert len((await engine.embed(ask("read"))).vectors) == 1
        assert time.monotonic() - began < 30.0


@pytest.mark.real_ollama
@pytest.mark.parametrize("kind", ["ollama", "newest ollama"])
async def test_ollama_says_that_it_embeds(kind: str, request: pytest.FixtureRequest, weights: Path) -> None:
    async with engine_of(kind, request, weights) as engine:
        found = await embedder(EngineChoice(engine, await engine.facts(), "it answers"))
        assert found is not None
        place, model = found
        assert model.name == NAME and model.abilities.embedding.origin == "engine" and not model.abilities.chat.value
        assert len((await place.engine.embed(EmbedRequest(model.name, ("read",), load=LOAD))).vectors) == 1


@pytest.mark.real_ollama
@pytest.mark.parametrize("version", [parts.OLLAMA_VERSION, parts.NEWEST_OLLAMA])
async def test_a_model_that_embeds_can_be_loaded_and_unloaded(version: str, hosts: dict[str, str]) -> None:
    """`/api/generate`, which loads the others, refuses it."""
    admin = OllamaAdmin(hosts[version])
    try:
        await admin.load(NAME, load=LOAD)
        assert [model.name for model in await admin.loaded()] == [NAME]
        await admin.unload(NAME)
        async with asyncio.timeout(30):
            while await admin.loaded():
                pass
    finally:
        await admin.aclose()


@pytest.mark.real_embedded
async def test_the_embedded_engine_reads_in_the_file_that_it_embeds(weights: Path) -> None:
    engine = EmbeddedEngine(lambda _: weights, tuple, OPTIONS, TIME)
    found = await engine.describe(ModelInfo("mine"))
    assert found.abilities.embedding.value and not found.abilities.chat.value
    assert found.abilities.embedding.origin == "engine"


@pytest.mark.real_embedded
async def test_vectors_and_answers_have_children_of_their_own(weights: Path, embedded_gguf: Path) -> None:
    """Ghost text would wait for its model to be loaded again after each question of the index."""
    parts.xllamacpp()
    paths = {NAME: weights, parts.SMALL: embedded_gguf}
    engine = EmbeddedEngine(lambda name: paths[name], tuple, OPTIONS, TIME)
    gap = InfillRequest(parts.SMALL, "def add(a, b):\n    return ", "\n", Sampling(max_tokens=1), LoadOptions(512))
    try:
        pids = []
        for _ in range(2):
            async with aclosing(engine.infill(gap)) as stream:
                assert [delta async for delta in stream]
            assert len((await engine.embed(ask("read"))).vectors) == 1
            child = engine._vector_seat.child
            assert child is not None
            pids.append((engine.pid, child.process.pid))
        assert pids[0] == pids[1] and len(set(pids[0])) == 2
        task = asyncio.create_task(engine.embed(ask(*["read file " * 200] * 4000)))
        await asyncio.wait({task}, timeout=0.5)
        parts.kill(pids[0][1])
        with pytest.raises(EngineUnavailable, match="next request starts it again"):
            await task
        assert len((await engine.embed(ask("read"))).vectors) == 1
    finally:
        await engine.aclose()
    assert not any(parts.runs(pid) for pid in pids[0] if pid is not None)


@pytest.mark.real_embedded
async def test_a_model_that_answers_makes_no_vectors_and_says_so(embedded_gguf: Path) -> None:
    engine = EmbeddedEngine(lambda _: embedded_gguf, tuple, OPTIONS, TIME)
    try:
        with pytest.raises(EngineRefused, match=r"refused \(400\): Pooling type"):
            await engine.embed(ask("read"))
    finally:
        await engine.aclose()


# The model's own page says so: huggingface.co/sentence-transformers/all-MiniLM-L6-v2.
PUBLISHED = {
    "That is a happy person": 1.0,
    "That is a happy dog": 0.695,
    "That is a very happy person": 0.943,
    "Today is a sunny day": 0.257,
}
CODE = (
    "def read_lines(path):\n    with open(path) as file:\n        return file.read().splitlines()",
    "def total(prices):\n    return sum(prices)",
    "def greet(name):\n    print(f'Hello {name}')",
)


@pytest.mark.real_embedded
async def test_a_real_model_has_the_published_likeness_and_finds_code() -> None:
    parts.xllamacpp()
    path = parts.minilm()
    engine = EmbeddedEngine(lambda _: path, tuple, OPTIONS, TIME)
    try:
        found = await engine.embed(EmbedRequest(NAME, tuple(PUBLISHED), load=LOAD))
        code = await engine.embed(EmbedRequest(NAME, ("where are the lines of a file read?", *CODE), load=LOAD))
    finally:
        await engine.aclose()
    assert found.dimension == 384
    assert like(found) == pytest.approx(list(PUBLISHED.values()), abs=0.02)
    assert max(range(3), key=like(code)[1:].__getitem__) == 0


WORK = {
    "shop/parcel.py": "def parcel_fee(weight, zone):\n    return weight * zone\n",
    "net/again.py": "def pause_before_retry(attempt):\n    return min(2 ** attempt, 60)\n",
    "text/lines.py": "def read_lines(path):\n    return path.read_text().splitlines()\n",
}


@pytest.mark.real_embedded
async def test_an_index_is_asked_by_meaning(tmp_path: Path) -> None:
    """Questions that have no word of the code in them."""
    parts.xllamacpp()
    path = parts.minilm()
    write(tmp_path / "work", WORK)
    place = IndexPlace((tmp_path / "work").resolve(), tmp_path / "index")
    scanned(place)
    engine = EmbeddedEngine(lambda _: path, tuple, OPTIONS, TIME)
    model = EmbeddingModel(engine, await engine.describe(ModelInfo(NAME)))
    try:
        assert (await filled(place, model)).made == 3 and (await filled(place, model)).made == 0
        with Store(current(place)) as store:
            for question, right in (
                ("How long does one wait after a failure?", "net/again.py"),
                ("what does shipping cost?", "shop/parcel.py"),
                ("loading the content of a file", "text/lines.py"),
            ):
                vector = await model.of_question(question)
                assert find(store, question, vector, 3)[0].path == right
    finally:
        await engine.aclose()


def current(place: IndexPlace) -> Path:
    path = place.current()
    assert path is not None
    return path
