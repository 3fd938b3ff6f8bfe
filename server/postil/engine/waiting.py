"""The time-outs of a stream, the same for every engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from postil.core.request import Delta
from postil.engine.base import EngineUnavailable, StreamBroken, TimeOuts


async def with_timeouts(stream: AsyncGenerator[Delta], limits: TimeOuts, name: str) -> AsyncGenerator[Delta]:
    """The stream's deltas; EngineUnavailable when the first token is late, StreamBroken when a later one is.

    A stream that ends without a `finish` is StreamBroken too, so that half an answer never passes for one.
    """
    started = finished = False
    async with aclosing(stream):
        while True:
            limit = limits.between_tokens if started else limits.first_token
            try:
                delta = await asyncio.wait_for(anext(stream), limit)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise _late(name, limit, started) from None
            started = started or bool(delta.text)
            finished = finished or delta.finish is not None
            yield delta
    if not finished:
        raise StreamBroken(f"{name} ended its answer half-way. Save again to retry; its own log says why.")


def _late(name: str, limit: float, started: bool) -> Exception:
    if started:
        return StreamBroken(f"{name} stopped in the middle of its answer for {limit:g} s (timeouts.between_tokens).")
    return EngineUnavailable(
        f"{name} wrote nothing within {limit:g} s. A smaller model answers sooner; or raise timeouts.first_token."
    )
