"""What every engine promises, shown with real weights: Ollama, and llama.cpp in a child process."""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests import parts

from postil.core.request import ChatRequest, Delta, InfillRequest, LoadOptions, Message, Sampling
from postil.engine.base import Engine, EngineRefused, ModelMissing, StreamBroken, TimeOuts
from postil.engine.download.store import resolver
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.ollama.engine import OllamaEngine
from postil.settings import Settings

# The same for every request: another context size would load the model again.
LOAD = LoadOptions(num_ctx=2048)
# Each engine writes some 30 tokens a second on two cores, so this many would take a minute or more. Its own
# limit keeps Ollama from shifting the context and running for ever.
LONG = 1900
# Of a verse of some hundred tokens: a draft needs what came before and what came behind it, each as long as itself.
WORDS = ("beer", "milk", "water", "tea", "coffee", "juice", "wine", "soup", "oil", "honey")
# An idle engine answers a request of one token within a second or two; this is for a machine that others use.
SOON = 25.0


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[
        pytest.param("ollama", marks=pytest.mark.real_ollama),
        pytest.param("embedded", marks=pytest.mark.real_embedded),
    ],
)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    """One slot each, so that whatever still runs is in the next one's way."""
    made: Engine
    if request.param == "ollama":
        made = OllamaEngine(request.getfixturevalue("ollama_server").host, TimeOuts())
    else:
        request.getfixturevalue("embedded_gguf")
        made = EmbeddedEngine(resolver(Settings()), tuple, EmbeddedOptions(parts.THREADS, parallel=1))
    yield made
    await made.aclose()


pytestmark = pytest.mark.asyncio(loop_scope="module")


def ask(said: str, tokens: int = 40, **more: Any) -> ChatRequest:
    sampling = Sampling(temperature=0.0, max_tokens=tokens)
    return ChatRequest(parts.SMALL, (Message("user", said),), sampling=sampling, load=LOAD, **more)


async def answer(engine: Engine, request: ChatRequest | InfillRequest) -> list[Delta]:
    stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
    async with aclosing(stream):
        return [delta async for delta in stream]


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


async def test_an_answer_comes_in_pieces_and_says_that_it_ended(engine: Engine) -> None:
    deltas = await answer(engine, ask("Name three colours, in one line.", 30))
    assert sum(bool(delta.text) for delta in deltas) > 3
    last = deltas[-1]
    assert last.finish in ("stop", "length")
    assert last.usage is not None
    assert last.usage.prompt_tokens > 5
    assert 3 < last.usage.output_tokens <= 30
    assert all(delta.finish is None for delta in deltas[:-1])


async def test_the_limit_of_tokens_is_told(engine: Engine) -> None:
    deltas = await answer(engine, ask("Count from one to a hundred in words.", 5))
    assert deltas[-1].finish == "length"


async def test_chinese_arrives_whole(engine: Engine) -> None:
    said = text(await answer(engine, ask("用一句话介绍北京。只用中文回答。", 24)))
    assert any("\u4e00" <= char <= "\u9fff" for char in said)
    assert "\ufffd" not in said


async def test_a_prefill_is_continued_and_not_repeated(engine: Engine) -> None:
    code = "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result\n"
    begun = "```python\ndef total(prices):\n    result = 0\n"
    said = text(await answer(engine, ask(f"Repeat this code.\n```python\n{code}```", 60, prefill=begun)))
    assert "def total" not in said
    assert (begun + said).startswith(f"```python\n{code}")


async def test_one_token_with_its_alternatives(engine: Engine) -> None:
    deltas = await answer(engine, ask("Is water wet? Answer Yes or No.", 1, prefill="Answer:", top_logprobs=20))
    (token, *_) = [token for delta in deltas for token in delta.tokens]
    assert len(token.top) >= 10
    assert all(other.logprob <= 0 for other in token.top)
    assert 0.5 < sum(math.exp(other.logprob) for other in token.top) <= 1.001
    assert {"Yes", "No"} & {other.text.strip() for other in token.top}


async def test_infill_goes_between_prefix_and_suffix(engine: Engine) -> None:
    request = InfillRequest(
        parts.SMALL,
        "def add(a, b):\n    result =",
        "\n    return result\n",
        Sampling(temperature=0.0, max_tokens=8),
        LOAD,
    )
    assert text(await answer(engine, request)).strip().startswith("a + b")
    begun = text(await answer(engine, replace(request, begun=" b")))
    assert begun.strip().startswith("+ a")


async def test_an_infill_token_with_its_alternatives(engine: Engine) -> None:
    request = InfillRequest(
        parts.SMALL,
        "def add(a, b):\n    return a",
        "\n",
        Sampling(temperature=0.0, max_tokens=1),
        LOAD,
        top_logprobs=20,
    )
    (token, *_) = [token for delta in await answer(engine, request) for token in delta.tokens]
    assert len(token.top) >= 10
    assert any(other.text.strip() == "+" for other in token.top)


async def test_a_schema_is_kept(engine: Engine) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": ["red", "green"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
    }
    deltas = await answer(engine, ask("Describe two apples as JSON.", 60, json_schema=json.dumps(schema)))
    found = json.loads(text(deltas))
    assert found["colour"] in ("red", "green")
    assert isinstance(found["count"], int)


async def test_a_model_that_is_not_here(engine: Engine) -> None:
    with pytest.raises(ModelMissing, match="no-such-model"):
        await answer(engine, replace(ask("Hello", 1), model="no-such-model:1b"))


async def _first(engine: Engine, said: str) -> float:
    started = time.monotonic()
    await answer(engine, ask(said, 1))
    return time.monotonic() - started


async def test_a_stream_that_goes_on_is_in_the_way(engine: Engine) -> None:
    """The control for the next test: with one slot, the second request has to wait for the first."""
    order: list[str] = []

    async def first() -> None:
        async with aclosing(engine.chat(ask("Write a long story about a lighthouse.", 60))) as stream:
            async for delta in stream:
                if not order:
                    order.append("begun")
                    begun.set()
                if delta.finish:
                    order.append("first")

    async def second() -> None:
        await begun.wait()
        await answer(engine, ask("Say hello.", 1))
        order.append("second")

    begun = asyncio.Event()
    await asyncio.wait_for(asyncio.gather(first(), second()), 120)
    assert order == ["begun", "first", "second"]


@pytest.mark.parametrize("way", ["closed", "cancelled"])
async def test_a_cancelled_stream_stops_the_model(engine: Engine, way: str) -> None:
    idle = max([await _first(engine, f"Say hello {number} times.") for number in range(2)])
    pieces = asyncio.Event()
    # Begun, because so small a model may answer in a word.
    first = 101 if way == "closed" else 201
    begun = "".join(f"{number}\n" for number in range(first, first + 8))
    long = ask(f"Write the numbers from {first} to 1000, one a line.", LONG, prefill=begun)

    async def read() -> None:
        async with aclosing(engine.chat(long)) as stream:
            count = 0
            async for _ in stream:
                count += 1
                if count == 5:
                    pieces.set()
                    if way == "closed":
                        return

    task = asyncio.create_task(read())
    await asyncio.wait_for(pieces.wait(), 60)
    if way == "cancelled":
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        await task
    # Generated to its end, it would be in the way for a minute.
    after = await asyncio.wait_for(_first(engine, f"Say goodbye, {way}."), SOON)
    assert after < idle + 5


@pytest.mark.real_embedded
async def test_reviews_leave_ghost_texts_slot_alone(embedded_gguf: Path) -> None:
    """Too long for what they share (the template's beginning) to decide which slot they are given."""
    made = EmbeddedEngine(lambda _: embedded_gguf, tuple, EmbeddedOptions(parts.THREADS, parallel=2))
    ghost = InfillRequest(parts.SMALL, "def add(a, b):\n    result =", "\n", Sampling(0.0, max_tokens=1), LOAD)

    async def cached(request: ChatRequest | InfillRequest) -> int:
        usage = [delta.usage for delta in await answer(made, request) if delta.usage][-1]
        return usage.cached_tokens or 0

    try:
        assert await cached(ghost) == 0
        seen = [await cached(ask(f"{word} " * 250, 1)) for word in ("red", "green", "blue")]
        assert seen[0] == 0
        assert min(seen[1:]) > 10
        assert await cached(ghost) > 5
    finally:
        await made.aclose()


@pytest.mark.real_embedded
@pytest.mark.parametrize("slots", [2, 5])
async def test_answers_that_repeat_themselves_in_all_slots_at_once(embedded_gguf: Path, slots: int) -> None:
    """A review beside ghost text: llama.cpp ended when the drafts of all slots were longer than a batch."""
    made = EmbeddedEngine(lambda _: embedded_gguf, tuple, EmbeddedOptions(parts.THREADS, parallel=slots))
    verse = "".join(f"{number} bottles of {word} on the wall\n" for number, word in enumerate(WORDS))
    asked = ask("Write the same verse again and again.", prefill=verse * 3)
    try:
        for tokens in (1, 150):
            # What has been read needn't be read again: then all write at the same time.
            asked = replace(asked, sampling=replace(asked.sampling, max_tokens=tokens))
            found = await asyncio.gather(*(answer(made, asked) for _ in range(slots)))
    finally:
        await made.aclose()
    assert all(verse[-40:] in text(deltas) for deltas in found)


@pytest.mark.real_embedded
async def test_the_child_wants_its_key_and_ends_with_its_engine(embedded_gguf: Path) -> None:
    import httpx

    made = EmbeddedEngine(lambda _: embedded_gguf, tuple, EmbeddedOptions(parts.THREADS, parallel=1))
    try:
        await answer(made, ask("Hello", 1))
        pid = made.pid
        assert pid is not None
        address = (await made.facts()).address
        assert address.startswith("http://127.0.0.1:")
        async with httpx.AsyncClient(trust_env=False) as client:
            body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
            for key in ({}, {"Authorization": "Bearer wrong"}):
                refused = await client.post(f"{address}/v1/chat/completions", json=body, headers=key)
                assert refused.status_code == 401
    finally:
        await made.aclose()
    assert not parts.runs(pid)


@pytest.mark.real_embedded
async def test_a_child_that_is_killed_is_told_and_started_again(embedded_gguf: Path) -> None:
    made = EmbeddedEngine(lambda _: embedded_gguf, tuple, EmbeddedOptions(parts.THREADS, parallel=1))
    try:
        with pytest.raises(StreamBroken, match="embedded engine ended with -9") as caught:
            async with aclosing(made.chat(ask("Write a very long story.", LONG))) as stream:
                async for _ in stream:
                    parts.kill(made.pid)
        assert "next request" in str(caught.value)
        assert text(await answer(made, ask("Say hello.", 3)))
    finally:
        await made.aclose()


@pytest.mark.real_embedded
async def test_weights_that_are_none_are_refused_with_the_reason(tmp_path: Path) -> None:
    parts.xllamacpp()
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    made = EmbeddedEngine(lambda _: path, tuple, EmbeddedOptions(parts.THREADS, parallel=1))
    try:
        with pytest.raises(EngineRefused, match=r"broken\.gguf"):
            await answer(made, ask("Hello", 1))
    finally:
        await made.aclose()


_PARENT = """
import asyncio, pathlib, sys
from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions

async def main():
    engine = EmbeddedEngine(lambda _: pathlib.Path(sys.argv[1]), tuple, EmbeddedOptions(int(sys.argv[2]), parallel=1))
    request = ChatRequest("m", (Message("user", "Count."),), sampling=Sampling(max_tokens=1900), load=LoadOptions(2048))
    async for _ in engine.chat(request):
        print(engine.pid, flush=True)

asyncio.run(main())
"""


@pytest.mark.real_embedded
async def test_the_child_ends_when_its_parent_is_killed(embedded_gguf: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, str(embedded_gguf), str(parts.THREADS), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 60))
    assert parts.runs(pid)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        # A process of another parent tells nobody of its end.
        while parts.runs(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
