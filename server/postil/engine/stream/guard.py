"""The checks that every stream of an adapter passes: redaction, time-outs, size, valid text, a proper end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from postil.core.prefill import from_the_start
from postil.core.request import ChatRequest, Delta, InfillRequest, Request
from postil.core.text.positions import NO_CHARACTER
from postil.core.text.reasoning import ReasoningSplitter
from postil.engine.base import EngineUnavailable, StreamBroken, TimeOuts
from postil.engine.observations import Observations
from postil.engine.stream.redact import Redactor
from postil.engine.stream.watch import Watch

# The longest token in the vocabularies of Qwen, Llama and GPT is a run of 128 blanks.
TOKEN_CHARS = 128
# JSON can spell them, but no source file holds them, and UTF-8 can't encode half of a surrogate pair.
_INVALID = re.compile("[\x00\ud800-\udfff]")


async def guarded_stream(
    request: Request,
    connect: Callable[[Request], AbstractAsyncContextManager[AsyncGenerator[Delta]]],
    redactor: Redactor,
    limits: TimeOuts,
    name: str,
    observations: Observations | None = None,
) -> AsyncGenerator[Delta]:
    """The answer to a request. `connect` sends the redacted request and gives the adapter's own deltas; leaving its
    context closes the connection. `name` is what error messages call the engine. What the answer shows of the model is
    noted in `observations`.

    Raises EngineUnavailable when the first token is late, StreamBroken when a later one is or when the stream ends
    without a `finish`. Only text and reasoning count as tokens: deltas without any don't stop the clock. A stream that
    continues beyond the tokens that were requested is closed with the finish "length". Reasoning that came as text is
    moved to `thinking`.
    """
    redacted, restorer = await redactor.redact(request)
    splitter = ReasoningSplitter(quotable(request))
    most = max_tokens(request)
    watch = Watch(request, observations or Observations())
    started = finished = False
    pieces = characters = 0
    waited = 0.0
    loop = asyncio.get_running_loop()
    async with connect(redacted) as deltas:
        while True:
            limit = limits.between_tokens if started else limits.first_token
            began = loop.time()
            if waited >= limit:
                raise _late(name, limit, started)
            try:
                delta = await asyncio.wait_for(anext(deltas), limit - waited)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise _late(name, limit, started) from None
            # The consumer's own time is not the engine's.
            waited += loop.time() - began
            text = delta.text
            if restorer is not None:
                text = restorer.feed(text) + (restorer.rest() if delta.finish is not None else "")
            if text or delta.thinking:
                started, waited = True, 0.0
                pieces += 1
                characters += len(text) + len(delta.thinking)
                if pieces > most or characters > most * TOKEN_CHARS:
                    yield Delta(finish="length", usage=delta.usage)
                    return
            finished = finished or delta.finish is not None
            if _INVALID.search(text):
                text = _INVALID.sub(NO_CHARACTER, text)
            found = splitter.feed(text, last=delta.finish is not None)
            if found.content != delta.text or found.thinking:
                tokens = () if found.thinking else delta.tokens
                thinking, anew = delta.thinking + found.thinking, delta.anew or found.restart
                delta = replace(delta, text=found.content, tokens=tokens, thinking=thinking, anew=anew)
            delta = watch.seen(delta)
            if delta.anew and isinstance(request, ChatRequest):
                most = max_tokens(from_the_start(request))
            yield delta
    if not finished:
        raise StreamBroken(f"{name} ended its answer half-way. Save again to retry; its own log says why.")


def quotable(request: ChatRequest | InfillRequest) -> tuple[str, ...]:
    """The texts that an answer may repeat: what looks like a mark of reasoning there is code."""
    if isinstance(request, InfillRequest):
        return request.prefix, request.suffix, request.begun
    return *(message.content for message in request.messages if message.role == "user"), request.prefill


def max_tokens(request: ChatRequest | InfillRequest) -> int:
    """The tokens that an answer may have: those requested, or as many as the context holds."""
    return request.sampling.max_tokens or request.load.num_ctx


def _late(name: str, limit: float, started: bool) -> EngineUnavailable | StreamBroken:
    if started:
        return StreamBroken(
            f"{name} stopped in the middle of its answer for {limit:g} s (timeouts.between_tokens)."
            " Save again to retry."
        )
    return EngineUnavailable(
        f"{name} wrote nothing within {limit:g} s. A smaller model answers sooner; or raise timeouts.first_token."
    )
