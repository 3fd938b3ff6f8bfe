"""Answers that aren't read: redirects, compressed ones, endless ones; by both kinds of client."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.engine.faulty_http import Step, head, serving

from postil.core.request import ChatRequest, Message, Sampling
from postil.engine.base import Engine, EngineError, TimeOuts
from postil.engine.ollama.admin import OllamaAdmin
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.stream.http_limits import MAX_ERROR, MAX_LINE

ASK = ChatRequest("m:1b", (Message("user", "Hello"),))
LIMITS = TimeOuts(connect=10.0, first_token=30.0, between_tokens=30.0)
Make = Callable[[str], Engine]
ENGINES = [
    pytest.param(lambda url: OllamaEngine(url, LIMITS), id="ollama"),
    pytest.param(lambda url: OpenAICompatEngine(url, None, LIMITS), id="openai"),
]


async def failure(make: Make, *steps: Step) -> str:
    """What a chat and the facts say of the same answer: each its sentence."""
    said = []
    async with serving(*steps) as server:
        engine = make(server.url)
        for asked in (_chat(engine), engine.facts()):
            with pytest.raises(EngineError) as caught:
                await asyncio.wait_for(asked, 20)
            said.append(str(caught.value))
        await engine.aclose()
    return " | ".join(said)


async def _chat(engine: Engine) -> None:
    async with aclosing(engine.chat(ASK)) as stream:
        async for _ in stream:
            pass


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_sent_on_to_another_host(make: Make, status: int) -> None:
    async with serving() as other:
        to = f"HTTP/1.1 {status} Moved\r\nLocation: {other.url}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        said = await failure(make, to.encode())
        assert other.asked == []
    assert said.count(f"redirects to '{other.url}/'") == said.count(" right.") == 2


@pytest.mark.parametrize("make", ENGINES)
async def test_a_compressed_answer_is_not_unpacked(make: Make) -> None:
    plain = b'{"models": [], "data": []}\n'
    top = head(kind="application/json").removesuffix(b"\r\n") + b"Content-Encoding: gzip\r\n\r\n"
    assert (await failure(make, top, gzip.compress(plain))).count("compresses its answers") == 2


@pytest.mark.parametrize("make", ENGINES)
async def test_what_is_not_in_lines_is_read_so_far(make: Make) -> None:
    """Line ends help nobody where no lines are expected."""
    steps = [head(kind="application/json"), *[b'{"models":\n' * 100_000] * (MAX_LINE // 1_000_000 + 1)]
    assert "more than 4 MiB in one piece" in await failure(make, *steps)


@pytest.mark.slow
async def test_a_long_stream_of_short_lines_is_read() -> None:
    """The control: no bound for what comes in lines."""
    words = "word " * 2000
    line = json.dumps({"model": "m", "message": {"role": "assistant", "content": words}, "done": False})
    last = json.dumps({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True})
    count = 2 * MAX_LINE // len(line)
    size = 0
    async with serving(head(kind="application/x-ndjson"), *[line.encode() + b"\n"] * count, last.encode()) as server:
        engine = OllamaEngine(server.url, LIMITS)
        request = replace(ASK, sampling=Sampling(max_tokens=100_000))
        async with aclosing(engine.chat(request)) as stream:
            async for delta in stream:
                size += len(delta.text)
        await engine.aclose()
    assert size == count * len(words) > MAX_LINE


@pytest.mark.parametrize("make", ENGINES)
async def test_an_error_page_is_read_so_far(make: Make) -> None:
    """It never ends, so that only a bound does."""
    steps: list[Step] = [head(500, "text/html"), b"x" * (2 * MAX_ERROR), "stall"]
    assert "refused" in await failure(make, *steps)


async def test_the_list_of_models_has_one_time_out_for_all_of_it() -> None:
    """httpx's own begins anew with each byte."""
    steps: list[Step] = [head(kind="application/json")]

    async def drip(event: asyncio.Event) -> None:
        await asyncio.sleep(0.02)
        event.set()

    for _ in range(200):
        steps += [asyncio.Event(), b" "]
    gates = [step for step in steps if isinstance(step, asyncio.Event)]

    async def dripping() -> None:
        for gate in gates:
            await drip(gate)

    async with serving(*steps) as server:
        engine = OpenAICompatEngine(server.url, None, TimeOuts(connect=0.3))
        drops = asyncio.create_task(dripping())
        with pytest.raises(EngineError, match="doesn't answer"):
            await asyncio.wait_for(engine.facts(), 20)
        assert not gates[-1].is_set()
        drops.cancel()
        await asyncio.gather(drops, return_exceptions=True)
        await engine.aclose()


async def test_the_models_verbs_are_bound_too() -> None:
    async with serving() as other:
        to = f"HTTP/1.1 302 Moved\r\nLocation: {other.url}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        async with serving(to.encode()) as server:
            admin = OllamaAdmin(server.url)
            with pytest.raises(EngineError, match="redirects to"):
                await admin.models()
            await admin.aclose()
        assert other.asked == []
