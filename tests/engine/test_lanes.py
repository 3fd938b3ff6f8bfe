"""Reviews stand back while a completion runs, and go on where they were."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest

from postil.core.embedding import BATCH_TEXTS
from postil.core.exchanges.kept import Exchange
from postil.core.models.observed import Observed
from postil.core.request import (
    ChatRequest,
    Delta,
    Embeddings,
    EmbedRequest,
    InfillRequest,
    Message,
    Sampling,
    Usage,
)
from postil.engine.base import EngineFacts, EngineUnavailable, ModelInfo
from postil.engine.stream.priority import PriorityEngine

WORDS = ("one ", "two ", "three ", "four ")
CHAT = ChatRequest("model", (Message("user", "count"),), prefill="zero ", sampling=Sampling(max_tokens=10))
INFILL = InfillRequest("model", "a", "b")


class Counting:
    """Writes the words that the prefill lacks, each when it is let; knows what was asked and what was closed."""

    def __init__(self) -> None:
        self.asked: list[ChatRequest | InfillRequest | EmbedRequest] = []
        self.closed = 0
        self.let = asyncio.Semaphore(0)
        self.gate = asyncio.Event()
        # Doesn't continue what a request begins.
        self.anew = False

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        self.asked.append(request)
        done = sum(word in request.prefill for word in WORDS)
        try:
            if self.anew:
                yield Delta(anew=True)
            for word in WORDS[done:]:
                await self.let.acquire()
                yield Delta(word, usage=Usage(5, 1, 0))
            yield Delta(finish="stop", usage=Usage(5, len(WORDS) - done, 0))
        finally:
            self.closed += 1

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        self.asked.append(request)
        await self.gate.wait()
        yield Delta("filled", finish="stop")

    async def embed(self, request: EmbedRequest) -> Embeddings:
        self.asked.append(request)
        try:
            await (self.gate.wait() if request.lane == "interactive" else self.let.acquire())
            return Embeddings(tuple(array("f", [1.0]) for _ in request.texts), 1)
        finally:
            self.closed += 1

    async def facts(self) -> EngineFacts:
        return EngineFacts("counting", "", ())

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return model

    def exchanges(self) -> tuple[Exchange, ...]:
        return ()

    def observed(self, model: str) -> Observed:
        return Observed()

    async def aclose(self) -> None:
        """Nothing to close."""


async def read(stream: AsyncGenerator[Delta], heard: list[Delta]) -> None:
    async with aclosing(stream):
        async for delta in stream:
            heard.append(delta)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what it waits for happens on this loop, between two turns
            await asyncio.sleep(0)


async def test_a_review_is_stopped_and_taken_up_again_behind_what_it_had_written() -> None:
    inner = Counting()
    engine = PriorityEngine(inner)
    told: list[Delta] = []
    filled: list[Delta] = []
    review = asyncio.create_task(read(engine.chat(CHAT), told))
    inner.let.release()
    inner.let.release()
    await until(lambda: len(told) == 2)
    completion = asyncio.create_task(read(engine.infill(INFILL), filled))
    await until(lambda: inner.closed == 1)
    inner.gate.set()
    await completion
    for _ in WORDS:
        inner.let.release()
    async with asyncio.timeout(10):
        await review
    assert "".join(delta.text for delta in told) == "one two three four "
    first, infill, second = inner.asked
    assert (first, infill) == (CHAT, INFILL)
    assert isinstance(second, ChatRequest)
    assert second.prefill == "zero one two " and second.sampling.max_tokens == 8
    assert told[-1].usage == Usage(10, 3, 0, 0.0, 0.0), "what the first part had cost counts too"


async def test_a_review_waits_for_a_completion_that_runs() -> None:
    inner = Counting()
    engine = PriorityEngine(inner)
    told: list[Delta] = []
    filled: list[Delta] = []
    completion = asyncio.create_task(read(engine.infill(INFILL), filled))
    await until(lambda: inner.asked == [INFILL])
    review = asyncio.create_task(read(engine.chat(CHAT), told))
    for _ in range(20):
        await asyncio.sleep(0)
    assert inner.asked == [INFILL]
    inner.gate.set()
    await completion
    for _ in WORDS:
        inner.let.release()
    async with asyncio.timeout(10):
        await review
    assert inner.asked == [INFILL, CHAT]


async def test_json_cannot_be_continued_and_runs_to_its_end() -> None:
    inner = Counting()
    engine = PriorityEngine(inner)
    told: list[Delta] = []
    request = ChatRequest("model", (), json_schema="{}")
    review = asyncio.create_task(read(engine.chat(request), told))
    inner.let.release()
    await until(lambda: len(told) == 1)
    inner.gate.set()
    await read(engine.infill(INFILL), [])
    for _ in WORDS:
        inner.let.release()
    async with asyncio.timeout(10):
        await review
    assert inner.asked == [request, INFILL]


async def test_an_answer_that_began_anew_cannot_be_continued_and_runs_to_its_end() -> None:
    inner = Counting()
    inner.anew = True
    engine = PriorityEngine(inner)
    told: list[Delta] = []
    review = asyncio.create_task(read(engine.chat(CHAT), told))
    inner.let.release()
    await until(lambda: len(told) == 2)
    inner.gate.set()
    await read(engine.infill(INFILL), [])
    for _ in WORDS:
        inner.let.release()
    async with asyncio.timeout(10):
        await review
    assert inner.asked == [CHAT, INFILL]
    assert "".join(delta.text for delta in told) == "one two three four "


async def test_a_review_that_is_left_while_it_waits_is_gone() -> None:
    inner = Counting()
    engine = PriorityEngine(inner)
    review = asyncio.create_task(read(engine.chat(CHAT), []))
    await until(lambda: len(inner.asked) == 1)
    review.cancel()
    await asyncio.gather(review, return_exceptions=True)
    assert review.cancelled() and inner.closed == 1


async def test_a_review_that_stands_back_ends_when_the_engine_is_closed() -> None:
    """An engine that died under a completion was closed before the review was let on: it stayed busy for ever."""
    inner = Counting()
    engine = PriorityEngine(inner)
    completion = asyncio.create_task(read(engine.infill(INFILL), []))
    await until(lambda: len(inner.asked) == 1)
    review = asyncio.create_task(read(engine.chat(CHAT), []))
    await asyncio.sleep(0)
    completion.cancel()
    await asyncio.gather(completion, return_exceptions=True)
    await engine.aclose()
    with pytest.raises(EngineUnavailable):
        await asyncio.wait_for(review, 5)
    assert len(inner.asked) == 1


TEXTS = tuple(f"text {number}" for number in range(BATCH_TEXTS + 1))


@pytest.mark.parametrize("first", ["infill", "a question"])
async def test_vectors_in_the_background_give_way_and_a_batch_is_asked_for_again(first: str) -> None:
    inner = Counting()
    engine = PriorityEngine(inner)
    task = asyncio.create_task(engine.embed(EmbedRequest("m", TEXTS)))
    await until(lambda: len(inner.asked) == 1)
    inner.let.release()
    await until(lambda: len(inner.asked) == 2)
    question = EmbedRequest("m", ("where is it?",), lane="interactive")
    urgent = asyncio.create_task(engine.embed(question) if first != "infill" else read(engine.infill(INFILL), []))
    await until(lambda: inner.closed == 2 and len(inner.asked) == 3)
    inner.gate.set()
    await urgent
    inner.let.release()
    async with asyncio.timeout(10):
        found = await task
    assert (len(found.vectors), found.tokens) == (len(TEXTS), 2)
    asked = [one.texts if isinstance(one, EmbedRequest) else "infill" for one in inner.asked]
    middle = "infill" if first == "infill" else question.texts
    assert asked == [TEXTS[:BATCH_TEXTS], TEXTS[BATCH_TEXTS:], middle, TEXTS[BATCH_TEXTS:]]


async def test_vectors_that_are_cancelled_are_gone() -> None:
    inner = Counting()
    task = asyncio.create_task(PriorityEngine(inner).embed(EmbedRequest("m", TEXTS)))
    await until(lambda: len(inner.asked) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() and inner.closed == 1
