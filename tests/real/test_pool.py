"""Two real Ollamas as one engine: one is killed while it works, and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import ExitStack, aclosing

import pytest
from tests import parts
from tests.conftest import OllamaServer, running_ollama

from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.base import StreamBroken, TimeOuts
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.pool import host as pool_host
from postil.engine.pool.engine import PoolEngine

pytestmark = [
    pytest.mark.real_ollama,
    pytest.mark.skipif(os.name == "nt", reason="the server is killed with its runners, by its process group"),
]

# Of a loaded machine: a cold start of the model, and each of the requests.
DEADLINE = 240.0
UNITS = 8


def question(number: int) -> ChatRequest:
    return ChatRequest(
        "qwen2.5-coder:0.5b",
        (Message("user", f"def add_{number}(a, b):\n    return a + b\n\nSay in one sentence what this does."),),
        sampling=Sampling(max_tokens=12),
        load=LoadOptions(num_ctx=2048),
    )


async def test_what_a_killed_host_had_not_begun_is_answered_by_the_other(
    ollama_server: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_host, "FIRST_PAUSE", 0.1)
    limits = TimeOuts(connect=5.0)
    with ExitStack() as servers:
        host, pid = servers.enter_context(running_ollama(parts.ollama_binary(), ollama_server.models_dir))
        names = (ollama_server.host, host)
        pool = PoolEngine([OllamaEngine(name, limits) for name in names])
        began: list[int] = []
        broken: list[int] = []

        async def ask(number: int) -> str:
            said = ""
            try:
                async with aclosing(pool.chat(question(number))) as stream:
                    async for delta in stream:
                        said += delta.text
                        if delta.text and number not in began:
                            began.append(number)
            except StreamBroken:
                # Allowed for what had begun, and for nothing else.
                assert said
                broken.append(number)
            return said

        try:
            async with asyncio.timeout(DEADLINE):
                assert {model.name for model in (await pool.facts()).models} >= {question(0).model}
                both = [asyncio.create_task(ask(number)) for number in range(UNITS)]
                while not began:  # noqa: ASYNC110 - what it waits for happens on this loop
                    await asyncio.sleep(0.01)
                os.killpg(pid, signal.SIGKILL)
                answers = await asyncio.gather(*both)
                assert all(answers), "every one was answered, by whichever host"
                assert len(broken) <= 1, "a host has one at a time"
                ill = next(one for one in pool._hosts if one.name == host)
                assert not ill.available, "the control: the killed host was noticed"
                servers.enter_context(
                    running_ollama(parts.ollama_binary(), ollama_server.models_dir, port=int(host.rpartition(":")[2]))
                )
                while not ill.available or not ill.first_token_seconds:
                    await asyncio.gather(ask(100), ask(101))
        finally:
            await pool.aclose()
