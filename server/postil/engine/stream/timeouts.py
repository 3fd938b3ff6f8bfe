"""What every stream of an engine keeps to: its time-outs, its size, and text that is text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from postil.core.request import ChatRequest, Delta, InfillRequest
from postil.core.text.positions import NO_CHARACTER
from postil.engine.base import EngineUnavailable, StreamBroken, TimeOuts

# The longest token in the vocabularies of Qwen, Llama and GPT is a run of 128 blanks.
TOKEN_CHARS = 128
# JSON can spell them; no source file holds them, and UTF-8 can't carry a half of a pair.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


async def with_timeouts(
    stream: AsyncGenerator[Delta], limits: TimeOuts, name: str, most: int | None = None
) -> AsyncGenerator[Delta]:
    """The stream's deltas; EngineUnavailable when the first token is late, StreamBroken when a later one is. Only text
    is a token: deltas without any don't stop the clock.

    A stream that ends without a `finish` is StreamBroken too, so that half an answer never passes for one. One that
    goes on behind `most` tokens, as its engine should not have let it, ends there with the finish "length".
    """
    started = finished = False
    pieces = characters = 0
    waited = 0.0
    loop = asyncio.get_running_loop()
    async with aclosing(stream):
        while True:
            limit = limits.between_tokens if started else limits.first_token
            began = loop.time()
            if waited >= limit:
                raise _late(name, limit, started)
            try:
                delta = await asyncio.wait_for(anext(stream), limit - waited)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise _late(name, limit, started) from None
            # The reader's own time is not the engine's.
            waited += loop.time() - began
            if delta.text:
                started, waited = True, 0.0
                pieces += 1
                characters += len(delta.text)
                if most is not None and (pieces > most or characters > most * TOKEN_CHARS):
                    yield Delta(finish="length", usage=delta.usage)
                    return
            finished = finished or delta.finish is not None
            yield _readable(delta)
    if not finished:
        raise StreamBroken(f"{name} ended its answer half-way. Save again to retry; its own log says why.")


def most_tokens(request: ChatRequest | InfillRequest) -> int:
    """The tokens that an answer may have: what is asked for, or what the context holds."""
    return request.sampling.max_tokens or request.load.num_ctx


def _readable(delta: Delta) -> Delta:
    if not _NO_TEXT.search(delta.text):
        return delta
    return replace(delta, text=_NO_TEXT.sub(NO_CHARACTER, delta.text))


def _late(name: str, limit: float, started: bool) -> Exception:
    if started:
        return StreamBroken(
            f"{name} stopped in the middle of its answer for {limit:g} s (timeouts.between_tokens)."
            " Save again to retry."
        )
    return EngineUnavailable(
        f"{name} wrote nothing within {limit:g} s. A smaller model answers sooner; or raise timeouts.first_token."
    )
