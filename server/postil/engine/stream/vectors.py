"""The checks that the vectors of every adapter pass: redaction, batches, time-out, and what a vector is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from postil.core.embedding import batches, joined, shorter, vectors_in
from postil.core.request import Embeddings, EmbedRequest
from postil.engine.base import BadVectors, EngineRefused, EngineUnavailable, OutOfMemory, TimeOuts
from postil.engine.json_values import count_in
from postil.engine.stream.redact import Redactor

# A refusal for the length of a text, as Ollama, llama.cpp, vLLM, OpenAI and Text Embeddings Inference put it. Only
# Ollama cuts a text by itself.
_TOO_LONG = re.compile(
    r"too (?:large|long|big)|exceeds?\b|longer than|larger than|(?:maximum|max|available) context|less than \d+ tokens"
    r"|too many tokens",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RawVectors:
    """What a server sent: JSON, unchecked."""

    vectors: object
    tokens: object = None


async def guarded_vectors(
    request: EmbedRequest,
    send: Callable[[EmbedRequest], Awaitable[RawVectors]],
    redactor: Redactor,
    limits: TimeOuts,
    name: str,
) -> Embeddings:
    """The answer to a request. `send` sends one batch, redacted; cancelling it closes the connection. `name` is what
    error messages call the engine.

    Raises EngineUnavailable when a batch takes longer than a first token may, and BadVectors when what comes isn't
    one vector of finite numbers for each text, all of one dimension.
    """
    redacted, _ = await redactor.redact(request)
    found: list[Embeddings] = []
    for batch in batches(redacted):
        try:
            async with asyncio.timeout(limits.first_token):
                raw = await _sent(batch, send)
        except TimeoutError:
            raise EngineUnavailable(
                f"{name} sent no vectors within {limits.first_token:g} s. A smaller model answers sooner; or raise"
                " timeouts.first_token."
            ) from None
        try:
            vectors = vectors_in(raw.vectors, len(batch.texts))
        except ValueError as error:
            raise _unusable(name, error, request.model) from None
        found.append(Embeddings(vectors, count_in(raw.tokens) or 0))
    return joined_answers(found, request.model, name)


def joined_answers(parts: Sequence[Embeddings], model: str, name: str = "The engine") -> Embeddings:
    """The answers to the batches of a request as one. Raises BadVectors when they have different dimensions."""
    try:
        return joined(parts)
    except ValueError as error:
        raise _unusable(name, error, model) from None


def _unusable(name: str, error: ValueError, model: str) -> BadVectors:
    return BadVectors(
        f"{name} sent {error}: {model} can't be used for embeddings there. Use another model; its own log may say why."
    )


async def _sent(batch: EmbedRequest, send: Callable[[EmbedRequest], Awaitable[RawVectors]]) -> RawVectors:
    """The answer to a batch, its longest texts cut as often as the server finds them too long."""
    while True:
        try:
            return await send(batch)
        except EngineRefused as error:
            less = shorter(batch) if _TOO_LONG.search(str(error)) and not isinstance(error, OutOfMemory) else None
            if less is None:
                raise
            batch = less
