"""The embedded engine: llama.cpp in child processes of ours, spoken to over loopback with a random key."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from postil.core.exchanges.kept import Exchange, Exchanges
from postil.core.models.observed import Observed
from postil.core.models.told import LLAMA_CPP
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest
from postil.engine.base import EngineError, EngineFacts, EngineUnavailable, ModelInfo, TimeOuts
from postil.engine.described import described
from postil.engine.dialect.observations import Observations
from postil.engine.embedded.gguf import GgufHead, read_head
from postil.engine.embedded.process import NAME, EmbeddedOptions
from postil.engine.embedded.seat import Resolver, Seat
from postil.engine.hosts import Address
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.stream.guard import guarded_stream
from postil.engine.stream.redact import Redactor
from postil.engine.stream.vectors import RawVectors, guarded_vectors

log = logging.getLogger(__name__)


class EmbeddedEngine:
    """Two child processes at most: one answers, the other makes vectors, so that neither is loaded anew for the other.
    Each starts with its first request. `resolve` gives a model's GGUF file or raises ModelMissing."""

    def __init__(
        self,
        resolve: Resolver,
        models: Callable[[], tuple[ModelInfo, ...]],
        options: EmbeddedOptions | None = None,
        timeouts: TimeOuts | None = None,
    ) -> None:
        self._resolve = resolve
        self._models = models
        self._options = options or EmbeddedOptions()
        self._limits = timeouts or TimeOuts()
        # The children listen on loopback.
        self._redactor = Redactor(lambda: Address("", NAME, loopback=True))
        self._observations = Observations()
        self._exchanges = Exchanges(time.time)
        self._answers = Seat(resolve, self._options, self._limits, self._observations)
        self._vector_seat = Seat(resolve, self._options, self._limits, self._observations, embedding=True)
        self._heads: dict[str, tuple[Path, GgufHead]] = {}

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: self._serving(sent, lambda engine: engine.raw_chat(sent)),
            self._redactor,
            self._limits,
            NAME,
            self._observations,
            self._exchanges,
        )

    def exchanges(self) -> tuple[Exchange, ...]:
        return self._exchanges.latest

    def observed(self, model: str) -> Observed:
        return self._observations.of(model)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: self._serving(sent, lambda engine: engine.raw_infill(sent)),
            self._redactor,
            self._limits,
            NAME,
            self._observations,
            self._exchanges,
        )

    @asynccontextmanager
    async def _serving(
        self,
        request: ChatRequest | InfillRequest,
        send: Callable[[OpenAICompatEngine], AsyncGenerator[Delta]],
    ) -> AsyncGenerator[AsyncGenerator[Delta]]:
        """The child's deltas, with the child kept while they are read."""
        async with self._answers.taken(request.model, request.load) as engine, aclosing(send(engine)) as stream:
            yield stream

    async def embed(self, request: EmbedRequest) -> Embeddings:
        return await guarded_vectors(request, self._vectors, self._redactor, self._limits, NAME)

    async def _vectors(self, request: EmbedRequest) -> RawVectors:
        async with self._vector_seat.taken(request.model, request.load) as engine:
            return await engine.raw_vectors(request)

    async def facts(self) -> EngineFacts:
        """Doesn't start the child."""
        if importlib.util.find_spec("xllamacpp") is None:
            raise EngineUnavailable(f"{NAME} isn't installed: pip install 'postil[embedded]', or start Ollama.")
        address = self._answers.child.address if self._answers.child else "not started"
        return EngineFacts(
            "embedded",
            address,
            self._observations.listed(self._models()),
            speculation=self._options.speculation,
            parallel=self._options.parallel,
        )

    async def describe(self, model: ModelInfo) -> ModelInfo:
        """Reads the head of the model's file, once."""
        if model.name not in self._heads:
            try:
                path = self._resolve(model.name)
                head = await asyncio.to_thread(read_head, path)
            except (EngineError, OSError, ValueError) as error:
                log.info("no details of %s: %s", model.name, error)
                return self._observations.completed(described(model, LLAMA_CPP))
            self._heads[model.name] = (path, head)
        path, head = self._heads[model.name]
        told = replace(
            model,
            architecture=head.architecture or model.architecture,
            parameters=model.parameters or head.parameters,
            context_length=head.context_length or model.context_length,
            capabilities=("embedding",) if head.embeds else model.capabilities,
        )
        names = (path.name, *head.names)
        found = described(told, LLAMA_CPP, "its GGUF file", names=names, template=head.chat_template)
        return self._observations.completed(found)

    @property
    def pid(self) -> int | None:
        """The process id of the child that answers, while it runs."""
        child = self._answers.child
        return child.process.pid if child is not None and child.alive else None

    async def aclose(self) -> None:
        await asyncio.gather(self._answers.aclose(), self._vector_seat.aclose())
