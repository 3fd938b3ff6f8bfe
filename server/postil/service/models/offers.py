"""Offers the download of missing models, once per model."""

from __future__ import annotations

from postil.core.models import catalogue, hub_name
from postil.engine.base import ModelMissing
from postil.service.client import Client, PullOffer
from postil.service.engines import EngineHolder


def _fetched(model: str) -> bool:
    """Whether the embedded engine's downloads know a model."""
    return catalogue.catalogue().get(model) is not None or hub_name.hub_name(model) is not None


class ModelOffers:
    """A model is offered again only after `withdraw` or a restart of the server."""

    def __init__(self, client: Client, engines: EngineHolder) -> None:
        self._client = client
        self._engines = engines
        self._offered: set[str] = set()

    def missing(self, error: ModelMissing) -> None:
        """A model isn't installed. Offer it if the engine can download it; otherwise say what the user can do."""
        engine, model = error.engine or self._engines.name, error.model
        if model in self._offered:
            return
        if engine == "ollama" or (engine == "embedded" and _fetched(model)):
            self._offered.add(model)
            self._client.message(str(error), offer=PullOffer(model, engine))
        else:
            self._client.message(str(error))

    def withdraw(self, model: str) -> None:
        """Allow this model to be offered again."""
        self._offered.discard(model)
