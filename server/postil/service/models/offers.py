"""Models that are needed and missing: the user is offered a download, once for each."""

from __future__ import annotations

from postil.core.models import catalogue
from postil.engine.base import ModelMissing
from postil.service.client import Client, PullOffer
from postil.service.engines import EngineHolder


class ModelOffers:
    """A model is offered again only when the offer was withdrawn, or the server was started anew."""

    def __init__(self, client: Client, engines: EngineHolder) -> None:
        self._client = client
        self._engines = engines
        self._offered: set[str] = set()

    def missing(self, error: ModelMissing) -> None:
        """The engine doesn't hold a model: offer it if that engine can download it, else say what can be done."""
        engine, model = self._engines.name, error.model
        if model in self._offered:
            return
        if engine == "ollama" or (engine == "embedded" and catalogue.catalogue().get(model) is not None):
            self._offered.add(model)
            self._client.message(str(error), offer=PullOffer(model, engine))
        else:
            self._client.message(str(error))

    def withdraw(self, model: str) -> None:
        """The user may be asked about this model again."""
        self._offered.discard(model)
