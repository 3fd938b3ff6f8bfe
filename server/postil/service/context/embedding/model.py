"""The model that embeds, as the index asks it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.context.described import spaced
from postil.core.request import EmbedRequest
from postil.engine.base import Engine, ModelInfo
from postil.service.context.index.vectors import Embedder


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model and its engine."""

    engine: Engine
    info: ModelInfo

    @property
    def embedder(self) -> Embedder:
        return Embedder(self.info.name, self.info.digest or "")

    async def of_texts(self, texts: Sequence[str]) -> tuple[array[float], ...]:
        """Their vectors. Whatever is interactive goes before. Raises an EngineError."""
        return await self._vectors(EmbedRequest(self.info.name, tuple(texts), self.info.document_prefix))

    async def of_question(self, question: str) -> array[float]:
        """Raises an EngineError."""
        request = EmbedRequest(self.info.name, (spaced(question),), self.info.query_prefix, lane="interactive")
        (vector,) = await self._vectors(request)
        return vector

    async def _vectors(self, request: EmbedRequest) -> tuple[array[float], ...]:
        return (await self.engine.embed(request)).vectors
