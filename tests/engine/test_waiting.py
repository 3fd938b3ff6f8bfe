"""The three time-outs of a stream, and that its source is always closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from postil.core.request import Delta
from postil.engine.base import EngineRefused, EngineUnavailable, StreamBroken, TimeOuts
from postil.engine.waiting import with_timeouts

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


async def read(source: Source, limits: TimeOuts) -> list[str]:
    async with aclosing(with_timeouts(source.stream(), limits, "the engine")) as stream:
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
        async with aclosing(with_timeouts(failing(), TimeOuts(), "x")) as stream:
            async for delta in stream:
                got.append(delta.text)
    assert got == ["a"]


async def test_closing_closes_the_source() -> None:
    source = Source(Delta("a"), Delta("b"), END)
    async with aclosing(with_timeouts(source.stream(), TimeOuts(), "x")) as stream:
        await anext(stream)
    assert source.closed


async def test_cancelling_is_passed_on_and_closes_the_source() -> None:
    source = Source(Delta("a"), stalls=True)
    got = asyncio.Event()

    async def run() -> None:
        async with aclosing(with_timeouts(source.stream(), TimeOuts(), "x")) as stream:
            async for _ in stream:
                got.set()

    task = asyncio.create_task(run())
    await asyncio.wait_for(got.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed
