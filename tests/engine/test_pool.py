"""Several hosts: nothing is lost before its first token, shares follow what they can do, one lane stays free."""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from postil.core.embedding import BATCH_TEXTS
from postil.core.exchanges.kept import Exchange
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest, Lane, Message
from postil.engine.base import (
    BadVectors,
    EngineError,
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    ModelMissing,
    OutOfMemory,
    StreamBroken,
)
from postil.engine.pool import host as pool_host
from postil.engine.pool.engine import PoolEngine

DEADLINE = 10.0
AWAY = EngineUnavailable("it doesn't answer")


@dataclass
class Host:
    """Writes `words`, one each `pause` seconds, or fails: with `error` before the first one, with `breaks` after it."""

    name: str
    words: int = 2
    pause: float = 0.0
    error: EngineError | None = None
    breaks: EngineError | None = None
    models: tuple[str, ...] = ("model",)
    gate: asyncio.Event | None = None
    asked: list[ChatRequest | InfillRequest | EmbedRequest] = field(default_factory=list)
    told: int = 0
    running: int = 0
    most: int = 0

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return self._answer(request)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return self._answer(request)

    async def _answer(self, request: ChatRequest | InfillRequest) -> AsyncGenerator[Delta]:
        self.asked.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.error is not None:
                raise self.error
            if self.gate is not None:
                await self.gate.wait()
            for number in range(self.words):
                await asyncio.sleep(self.pause)
                yield Delta(f"{self.name}{number} ")
                if self.breaks is not None:
                    raise self.breaks
            yield Delta(finish="stop")
        finally:
            self.running -= 1

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Its name's first letter, and the number of each text."""
        self.asked.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.error is not None:
                raise self.error
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(self.pause)
            return Embeddings(tuple(array("f", [ord(self.name[0]), float(text)]) for text in request.texts))
        finally:
            self.running -= 1

    async def facts(self) -> EngineFacts:
        self.told += 1
        if self.error is not None:
            raise self.error
        return EngineFacts("ollama", self.name, tuple(ModelInfo(name) for name in self.models))

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return model

    def exchanges(self) -> tuple[Exchange, ...]:
        return ()

    def observed(self, model: str) -> Observed:
        return Observed()

    async def aclose(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def pooled(*hosts: Host, slots: int = 1) -> AsyncIterator[PoolEngine]:
    pool = PoolEngine(hosts, slots)
    try:
        async with asyncio.timeout(DEADLINE):
            yield pool
    finally:
        await pool.aclose()


def chat(number: int = 0, model: str = "model") -> ChatRequest:
    return ChatRequest(model, (Message("user", f"unit {number}"),))


async def read(stream: AsyncGenerator[Delta]) -> str:
    async with aclosing(stream):
        return "".join([delta.text async for delta in stream])


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not holds():  # noqa: ASYNC110 - what it waits for happens on this loop
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "error", [AWAY, StreamBroken("it hung up"), ModelMissing("it lacks the model", "model"), OutOfMemory("it is full")]
)
async def test_what_one_host_cannot_another_does(error: EngineError) -> None:
    bad, good = Host("bad", error=error), Host("good")
    async with pooled(bad, good) as pool:
        assert [await read(pool.chat(chat(number))) for number in range(3)] == ["good0 good1 "] * 3
    assert bad.asked, "the control: the bad one was asked at all"


async def test_after_the_first_token_a_failure_is_told() -> None:
    """Another host would write another continuation of what the reader has already."""
    broken, good = Host("broken", breaks=StreamBroken("the line went dead")), Host("good")
    async with pooled(broken, good) as pool:
        with pytest.raises(StreamBroken, match="the line went dead"):
            await read(pool.chat(chat()))
    assert not good.asked


async def test_what_is_wrong_with_the_request_is_not_tried_elsewhere() -> None:
    first, second = Host("first", error=EngineRefused("such a schema isn't supported")), Host("second")
    async with pooled(first, second) as pool:
        with pytest.raises(EngineRefused, match="schema"):
            await read(pool.chat(chat()))
    assert not second.asked


async def test_no_host_at_all_is_one_error_with_every_reason() -> None:
    hosts = [Host(name, error=EngineUnavailable(f"{name} doesn't answer.")) for name in ("one", "two")]
    async with pooled(*hosts) as pool:
        for ask in (pool.facts(), read(pool.chat(chat()))):
            with pytest.raises(EngineUnavailable, match=r"None of the 2 hosts .* one doesn't answer\. two doesn't"):
                await ask


async def test_a_model_goes_to_the_hosts_that_hold_it() -> None:
    small, large = Host("small"), Host("large", models=("model", "big"))
    async with pooled(small, large) as pool:
        assert {model.name for model in (await pool.facts()).models} == {"model", "big"}
        assert [await read(pool.chat(chat(number, "big"))) for number in range(3)] == ["large0 large1 "] * 3
        with pytest.raises(ModelMissing, match=r"None of the hosts holds huge \(small, large\)\. Get it") as missing:
            await read(pool.chat(chat(0, "huge")))
    assert missing.value.model == "huge" and not small.asked


async def test_a_host_gets_no_more_at_once_than_it_has_slots() -> None:
    hosts = [Host("one"), Host("two")]
    async with pooled(*hosts, slots=2) as pool:
        await asyncio.gather(*(read(pool.chat(chat(number))) for number in range(20)))
    assert [host.most for host in hosts] == [2, 2]
    assert sum(len(host.asked) for host in hosts) == 20


async def test_shares_follow_what_the_hosts_can_do() -> None:
    quick, slow = Host("quick", pause=0.01), Host("slow", pause=0.05)
    async with pooled(quick, slow) as pool:
        answers = await asyncio.gather(*(read(pool.chat(chat(number))) for number in range(30)))
    shares = Counter(answer[:4] for answer in answers)
    assert shares["slow"] >= 2, shares
    assert shares["quic"] >= 2.5 * shares["slow"], shares


async def test_questions_about_one_unit_go_where_its_prompt_is() -> None:
    hosts = [Host("one"), Host("two")]
    async with pooled(*hosts) as pool:
        for number in (1, 2, 1, 2, 1, 1, 2):
            await read(pool.chat(chat(number)))
    for host in hosts:
        assert len({request.messages for request in host.asked if isinstance(request, ChatRequest)}) == 1


async def test_a_host_that_failed_is_left_alone_and_asked_before_it_gets_work_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_host, "FIRST_PAUSE", 0.05)
    ill, good = Host("ill", error=AWAY), Host("good")
    async with pooled(ill, good) as pool:
        for number in range(6):
            await read(pool.chat(chat(number)))
        assert len(ill.asked) == 1, "once it has failed it gets no user's request to fail with"
        ill.error = None
        # Nobody is told when a pause is over: the next request asks.
        async with asyncio.timeout(DEADLINE):
            while len(ill.asked) == 1:
                await asyncio.gather(*(read(pool.chat(chat(number))) for number in range(4)))
    assert ill.told >= 1


async def test_where_all_rest_a_request_tries_all_the_same() -> None:
    one, two = Host("one", error=AWAY), Host("two", error=AWAY)
    async with pooled(one, two) as pool:
        with pytest.raises(EngineUnavailable):
            await read(pool.chat(chat()))
        two.error = None
        assert await read(pool.chat(chat())) == "two0 two1 "


async def test_a_completion_waits_for_no_slot_and_only_its_host_stands_back() -> None:
    """The reviews of the host that a completion goes to stop; those of the other one go on."""
    gate = asyncio.Event()
    hosts = [Host("one", gate=gate), Host("two", gate=gate)]
    async with pooled(*hosts) as pool:
        reviews = [asyncio.create_task(read(pool.chat(chat(number)))) for number in range(4)]
        await until(lambda: all(host.running == 1 for host in hosts))
        ghost = asyncio.create_task(read(pool.infill(InfillRequest("model", "a", "b"))))
        await until(lambda: any(isinstance(each, InfillRequest) for host in hosts for each in host.asked))
        home = next(host for host in hosts if any(isinstance(each, InfillRequest) for each in host.asked))
        other = next(host for host in hosts if host is not home)
        await until(lambda: home.running == 1)
        assert other.running == 1
        gate.set()
        await ghost
        second = asyncio.create_task(read(pool.infill(InfillRequest("model", "ab", "b"))))
        await second
        assert sum(isinstance(each, InfillRequest) for each in home.asked) == 2, "where its prompt is cached"
        answers = await asyncio.gather(*reviews)
    answered = Counter(answer.partition("0")[0] for answer in answers)
    chats = {host.name: sum(isinstance(each, ChatRequest) for each in host.asked) for host in hosts}
    assert chats[other.name] == answered[other.name], "never stopped"
    assert chats[home.name] == answered[home.name] + 1, "stopped once and taken up again"


async def test_a_request_that_is_left_gives_its_slot_back() -> None:
    host = Host("only", gate=asyncio.Event())
    async with pooled(host) as pool:
        left = asyncio.create_task(read(pool.chat(chat())))
        await until(lambda: host.running)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        assert host.gate is not None
        host.gate.set()
        assert await read(pool.chat(chat(1))) == "only0 only1 "


async def test_closing_ends_what_waits() -> None:
    host = Host("only", gate=asyncio.Event())
    async with pooled(host) as pool:
        runs = asyncio.create_task(read(pool.chat(chat())))
        await until(lambda: host.running)
        waits = asyncio.create_task(read(pool.chat(chat(1))))
        await asyncio.sleep(0)
        await pool.aclose()
        with pytest.raises(EngineUnavailable):
            await waits
        assert host.gate is not None
        host.gate.set()
        await runs


def texts(count: int, **more: Any) -> EmbedRequest:
    return EmbedRequest("model", tuple(map(str, range(count))), **more)


async def test_the_batches_of_a_long_list_go_to_all_hosts_and_come_in_order() -> None:
    one, two = Host("one", pause=0.001), Host("two", pause=0.001)
    async with pooled(one, two) as pool:
        found = await pool.embed(texts(6 * BATCH_TEXTS))
    assert [vector[1] for vector in found.vectors] == list(range(6 * BATCH_TEXTS))
    assert {chr(int(vector[0])) for vector in found.vectors} == {"o", "t"}
    assert (one.most, two.most) == (1, 1), "a host gets as many at once as it has slots"


@pytest.mark.parametrize("lane", ["interactive", "background"])
async def test_vectors_that_one_host_cannot_give_another_gives(lane: Lane) -> None:
    bad, good = Host("bad", error=StreamBroken("it sent no vectors")), Host("good")
    async with pooled(bad, good) as pool:
        found = await pool.embed(texts(3, lane=lane))
        assert [chr(int(vector[0])) for vector in found.vectors] == ["g"] * 3
    assert bad.asked, "the control: the bad one was asked at all"


async def test_cancelled_vectors_leave_no_host_busy() -> None:
    host = Host("one", gate=asyncio.Event())
    async with pooled(host) as pool:
        task = asyncio.create_task(pool.embed(texts(3 * BATCH_TEXTS)))
        await until(lambda: host.running == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() and host.running == 0
        assert host.gate is not None
        host.gate.set()
        assert len((await pool.embed(texts(1))).vectors) == 1


async def test_a_host_whose_vectors_are_none_reviews_all_the_same() -> None:
    bad, good = Host("bad", error=BadVectors("it sent NaN")), Host("good")
    async with pooled(bad, good) as pool:
        assert len((await pool.embed(texts(1))).vectors) == 1
        bad.error = None
        answers = {await read(pool.chat(chat(number))) for number in range(4)}
        assert bad.told == 0 and "bad0 bad1 " in answers
