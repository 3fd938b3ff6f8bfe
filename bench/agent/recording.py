"""An engine whose requests are counted, whoever sends them: conversations, records of compaction, fixes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.exchanges.kept import Exchange
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest, Usage
from postil.engine.base import Engine, EngineFacts, ModelInfo
from postil.engine.choose import EngineChoice

# No text of ours, prose or code, has so many characters to a token: a prompt of fewer tokens was cut.
_MOST_CHARS_PER_TOKEN = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the engine, by the engine's own counts. `cached_tokens`: of the prompt, None where it doesn't say.
    `sent_tokens`: what was sent has at least so many, by our count; None where nobody has counted."""

    prompt_tokens: int
    output_tokens: int = 0
    cached_tokens: int | None = None
    sent_tokens: int | None = None


class Recording:
    """Passes everything on. A stream that is closed before its end has told no usage, and is counted with none."""

    def __init__(self, engine: Engine, asked: list[Asked]) -> None:
        self._engine = engine
        self._asked = asked

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        usage = Usage()
        try:
            async with aclosing(self._engine.chat(request)) as stream:
                async for delta in stream:
                    usage = delta.usage or usage
                    yield delta
        finally:
            chars = sum(len(message.content) for message in request.messages) + len(request.prefill)
            # Without a count nothing was cut, as far as anybody knows.
            sent = chars // _MOST_CHARS_PER_TOKEN if usage.prompt_tokens else None
            self._asked.append(Asked(usage.prompt_tokens, usage.output_tokens, usage.cached_tokens, sent))

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return self._engine.infill(request)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        return await self._engine.embed(request)

    async def facts(self) -> EngineFacts:
        return await self._engine.facts()

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return await self._engine.describe(model)

    def exchanges(self) -> tuple[Exchange, ...]:
        return self._engine.exchanges()

    def observed(self, model: str) -> Observed:
        return self._engine.observed(model)

    async def aclose(self) -> None:
        await self._engine.aclose()


def recorded(choice: EngineChoice, asked: list[Asked]) -> EngineChoice:
    """The same choice, its engines counted."""
    beside = recorded(choice.beside, asked) if choice.beside is not None else None
    return replace(choice, engine=Recording(choice.engine, asked), beside=beside)
