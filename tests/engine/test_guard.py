"""The three time-outs of a stream, its size, its text, and that its source is always closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from postil.core.request import Delta, InfillRequest, LoadOptions, Sampling
from postil.engine.base import EngineRefused, EngineUnavailable, StreamBroken, TimeOuts
from postil.engine.hosts import Address
from postil.engine.stream.guard import TOKEN_CHARS, guarded_stream, max_tokens
from postil.engine.stream.redact import Redactor

END = Delta("", finish="stop")


class Source:
    """Deltas, then silence when `stalls`."""

    def __init__(self, *deltas: Delta, stalls: bool = False) -> None:
        self._deltas, self._stalls = deltas, stalls
        self.closed = False

    async def stream(self) -> AsyncGenerator[Delta]:
        try:
            for delta in self._deltas:
                yield delta
            if self._stalls:
                await asyncio.Event().wait()
        finally:
            self.closed = True


def guard(stream: AsyncGenerator[Delta], limits: TimeOuts, name: str, most: int = 1000) -> AsyncGenerator[Delta]:
    """The stream as an answer of `most` tokens from a server on this machine."""
    redactor = Redactor(lambda: Address("http://127.0.0.1", "http://127.0.0.1", loopback=True))
    request = InfillRequest("m", "", "", Sampling(max_tokens=most))
    return guarded_stream(request, lambda _: aclosing(stream), redactor, limits, name)


async def read(source: Source, limits: TimeOuts) -> list[str]:
    async with aclosing(guard(source.stream(), limits, "the engine")) as stream:
        return [delta.text async for delta in stream]


async def test_what_comes_in_time_comes_whole() -> None:
    source = Source(Delta("a"), Delta("b"), END)
    assert await read(source, TimeOuts()) == ["a", "b", ""]
    assert source.closed


async def test_no_first_token() -> None:
    source = Source(stalls=True)
    with pytest.raises(EngineUnavailable, match=r"the engine wrote nothing within 0\.02 s.*timeouts\.first_token"):
        await read(source, TimeOuts(first_token=0.02))
    assert source.closed


async def test_a_delta_without_text_is_no_first_token() -> None:
    with pytest.raises(EngineUnavailable):
        await read(Source(Delta(), stalls=True), TimeOuts(first_token=0.02, between_tokens=5.0))


async def test_silence_between_two_tokens() -> None:
    source = Source(Delta("a"), stalls=True)
    with pytest.raises(StreamBroken, match=r"for 0\.02 s \(timeouts\.between_tokens"):
        await read(source, TimeOuts(first_token=5.0, between_tokens=0.02))
    assert source.closed


async def test_half_an_answer_never_passes_for_one() -> None:
    with pytest.raises(StreamBroken, match="half-way"):
        await read(Source(Delta("a")), TimeOuts())


async def test_an_answer_without_text_is_one_too() -> None:
    assert await read(Source(END), TimeOuts()) == [""]


async def test_the_source_s_own_error_is_passed_on() -> None:
    async def failing() -> AsyncGenerator[Delta]:
        yield Delta("a")
        raise EngineRefused("no")

    got = []
    with pytest.raises(EngineRefused, match=r"^no$"):
        async with aclosing(guard(failing(), TimeOuts(), "x")) as stream:
            async for delta in stream:
                got.append(delta.text)
    assert got == ["a"]


async def test_closing_closes_the_source() -> None:
    source = Source(Delta("a"), Delta("b"), END)
    async with aclosing(guard(source.stream(), TimeOuts(), "x")) as stream:
        await anext(stream)
    assert source.closed


async def test_cancelling_is_passed_on_and_closes_the_source() -> None:
    source = Source(Delta("a"), stalls=True)
    got = asyncio.Event()

    async def run() -> None:
        async with aclosing(guard(source.stream(), TimeOuts(), "x")) as stream:
            async for _ in stream:
                got.set()

    task = asyncio.create_task(run())
    await asyncio.wait_for(got.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed


class Fast:
    """Deltas without an end, each at once or after `seconds`."""

    def __init__(self, delta: Delta, seconds: float = 0.0) -> None:
        self._delta, self._seconds = delta, seconds
        self.closed = False

    async def stream(self) -> AsyncGenerator[Delta]:
        try:
            while True:
                await asyncio.sleep(self._seconds)
                yield self._delta
        finally:
            self.closed = True


async def test_deltas_without_text_do_not_stop_the_clock() -> None:
    source = Fast(Delta(), 0.005)
    with pytest.raises(EngineUnavailable, match=r"within 0\.05 s"):
        async with aclosing(guard(source.stream(), TimeOuts(first_token=0.05), "x")) as stream:
            await asyncio.wait_for(_last(stream), 20)
    assert source.closed


async def test_nor_do_they_after_the_first_token() -> None:
    async def talking() -> AsyncGenerator[Delta]:
        yield Delta("a")
        async with aclosing(Fast(Delta(), 0.005).stream()) as empties:
            async for delta in empties:
                yield delta

    with pytest.raises(StreamBroken, match=r"for 0\.05 s"):
        async with aclosing(guard(talking(), TimeOuts(between_tokens=0.05), "x")) as stream:
            await asyncio.wait_for(_last(stream), 20)


async def test_a_slow_reader_is_not_the_engine_s_fault() -> None:
    source = Source(*[Delta("a")] * 3, END)
    got = []
    async with aclosing(guard(source.stream(), TimeOuts(first_token=0.05, between_tokens=0.05), "x")) as stream:
        async for delta in stream:
            got.append(delta.text)
            await asyncio.sleep(0.1)
    assert got == ["a", "a", "a", ""]


@pytest.mark.parametrize("piece", ["a", "a" * 1000], ids=["one token too many", "a token longer than any"])
async def test_an_answer_that_does_not_end_ends_at_its_limit(piece: str) -> None:
    source = Fast(Delta(piece))
    async with aclosing(guard(source.stream(), TimeOuts(), "x", 5)) as stream:
        deltas = [delta async for delta in stream]
    assert deltas[-1].finish == "length"
    assert sum(len(delta.text) for delta in deltas) <= 5 * TOKEN_CHARS
    assert source.closed


async def test_an_answer_of_just_its_limit_is_whole() -> None:
    source = Source(*[Delta("a")] * 5, Delta(finish="length"))
    async with aclosing(guard(source.stream(), TimeOuts(), "x", 5)) as stream:
        assert "".join([delta.text async for delta in stream]) == "aaaaa"


async def test_what_is_no_text_does_not_come_through() -> None:
    assert await read(Source(Delta("a\x00b\ud800c\U0001f600"), END), TimeOuts()) == ["a\ufffdb\ufffdc\U0001f600", ""]


def test_a_request_without_a_limit_has_its_context_as_one() -> None:
    load = LoadOptions(num_ctx=700)
    assert max_tokens(InfillRequest("m", "", "", load=load)) == 700
    assert max_tokens(InfillRequest("m", "", "", Sampling(max_tokens=7), load)) == 7


async def _last(stream: AsyncGenerator[Delta]) -> None:
    async for _ in stream:
        pass
