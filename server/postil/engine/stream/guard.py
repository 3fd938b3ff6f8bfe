"""The checks that every stream of an adapter passes: redaction, time-outs, size, valid text, a proper end."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from postil.core.exchanges.kept import Exchanges
from postil.core.prefill import from_the_start
from postil.core.redaction import rewritten
from postil.core.request import ChatRequest, Delta, InfillRequest, Request
from postil.core.text.positions import NO_CHARACTER
from postil.core.text.reasoning import ReasoningSplitter
from postil.engine.base import EngineUnavailable, StreamBroken, TimeOuts
from postil.engine.dialect.observations import Observations
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
    exchanges: Exchanges | None = None,
) -> AsyncGenerator[Delta]:
    """The answer to a request. `connect` sends the redacted request and gives the adapter's own deltas; leaving its
    context closes the connection. `name` is what error messages call the engine. What the answer shows of the model is
    noted in `observations`, what is sent and what comes in `exchanges`. The adapter's request has its `think_tokens`
    among its `max_tokens`.

    Raises EngineUnavailable when the first token is late, StreamBroken when a later one is or when the stream ends
    without a `finish`. Only text, reasoning and calls count as tokens: deltas without any don't stop the clock. A
    stream that continues beyond the tokens that were requested is closed with the finish "length". Reasoning that came
    as text is moved to `thinking`.
    """
    redacted, restorer = await redactor.redact(request)
    splitter = ReasoningSplitter(quotable(request))
    bounds = _Bounds(request)
    watch = Watch(request, observations or Observations())
    started = finished = False
    waited = 0.0
    loop = asyncio.get_running_loop()
    sent = _with_room(redacted)
    with (exchanges or Exchanges(time.time)).begin(sent, name) as exchange:
        async with connect(sent) as deltas:
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
                exchange.feed(delta)
                # The consumer's own time is not the engine's.
                waited += loop.time() - began
                text = delta.text
                if restorer is not None:
                    text = restorer.feed(text) + (restorer.rest() if delta.finish is not None else "")
                if delta.calls and restorer is not None:
                    delta = replace(delta, calls=rewritten(delta.calls, restorer.whole))
                if text or delta.thinking or delta.calls:
                    started, waited = True, 0.0
                finished = finished or delta.finish is not None
                if _INVALID.search(text):
                    text = _INVALID.sub(NO_CHARACTER, text)
                found = splitter.feed(text, last=delta.finish is not None)
                if found.content != delta.text or found.thinking:
                    tokens = () if found.thinking else delta.tokens
                    thinking, anew = delta.thinking + found.thinking, delta.anew or found.restart
                    delta = replace(delta, text=found.content, tokens=tokens, thinking=thinking, anew=anew)
                if bounds.passed(delta, len(text)):
                    over = Delta(finish="length", usage=delta.usage)
                    exchange.feed(over)
                    yield over
                    return
                delta = watch.seen(delta)
                if delta.anew:
                    bounds.anew()
                yield delta
        if not finished:
            raise StreamBroken(f"{name} ended its answer half-way. Save again to retry; its own log says why.")


class _Bounds:
    """What a server may write that doesn't keep the limit itself: so many tokens of an answer, and of thinking before
    it. Until a model has shown that it thinks, its text may be either."""

    def __init__(self, request: ChatRequest | InfillRequest) -> None:
        self._request = request
        self._most = max_tokens(request)
        self._room = request.think_tokens if isinstance(request, ChatRequest) else 0
        self._thought = False
        # Pieces and characters, of everything and of the answer.
        self._all = self._answer = (0, 0)

    def passed(self, delta: Delta, came: int) -> bool:
        """Whether a limit is passed with this delta, of which `came` characters were text when it came."""
        self._thought = self._thought or bool(delta.thinking)
        if sum(len(call.arguments) for call in delta.calls) > self._most * TOKEN_CHARS:
            return True
        self._all = _counted(self._all, max(came, len(delta.text)) + len(delta.thinking))
        self._answer = _counted((0, 0) if delta.anew or delta.thinking else self._answer, len(delta.text))
        return _beyond(self._all, self._most + self._room) or (self._thought and _beyond(self._answer, self._most))

    def anew(self) -> None:
        """The answer has no beginning that was given: it may be longer."""
        if isinstance(self._request, ChatRequest):
            self._most = max_tokens(from_the_start(self._request))
        self._answer = (0, 0)


def _counted(sums: tuple[int, int], characters: int) -> tuple[int, int]:
    return (sums[0] + 1, sums[1] + characters) if characters else sums


def _beyond(sums: tuple[int, int], tokens: int) -> bool:
    return sums[0] > tokens or sums[1] > tokens * TOKEN_CHARS


def _with_room(request: Request) -> Request:
    """The request as a server counts: what is thought is a part of the answer."""
    limit = request.sampling.max_tokens
    if not isinstance(request, ChatRequest) or not request.think_tokens or limit is None:
        return request
    sampling = replace(request.sampling, max_tokens=limit + request.think_tokens)
    return replace(request, sampling=sampling, think_tokens=0)


def quotable(request: ChatRequest | InfillRequest) -> tuple[str, ...]:
    """The texts that an answer may repeat: what looks like a mark of reasoning there is code."""
    if isinstance(request, InfillRequest):
        return request.prefix, request.suffix, request.begun, *(text for _, text in request.others)
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
