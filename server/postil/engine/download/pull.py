"""Fetches a model for either engine: by Ollama, or into our cache."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from postil.core.models.catalogue import Model, catalogue
from postil.engine.base import EngineRefused, ModelMissing, Progress
from postil.engine.download.fetch import fetch
from postil.engine.ollama.admin import admin_of
from postil.settings import Settings


async def pull_model(engine_name: str, settings: Settings, model: str) -> AsyncGenerator[Progress]:
    """Fetches a model for the engine of that name (`ollama` or `embedded`). Closing the generator stops it and keeps
    what has come for the next pull. Raises an EngineError that includes the next step."""
    if engine_name not in ("ollama", "embedded"):
        raise EngineRefused(f"{engine_name} fetches no models: give it {model} by its own means")
    steps = _by_ollama(settings, model) if engine_name == "ollama" else _into_cache(settings, known_model(model))
    async with aclosing(steps):
        async for step in steps:
            yield step


def known_model(name: str) -> Model:
    """The model of that name in the catalogue. Raises ModelMissing, with the names that there are."""
    model = catalogue().get(name)
    if model is None:
        names = ", ".join(entry.name for entry in catalogue().models)
        raise ModelMissing(
            f"the catalogue has no {name}; the embedded engine knows {names}. Any other GGUF file: set"
            " embedded.model_path",
            name,
        )
    return model


async def _by_ollama(settings: Settings, model: str) -> AsyncGenerator[Progress]:
    admin = admin_of(settings)
    try:
        async with aclosing(admin.pull(model)) as steps:
            async for step in steps:
                yield step
    finally:
        await admin.aclose()


async def _into_cache(settings: Settings, model: Model) -> AsyncGenerator[Progress]:
    async with aclosing(fetch(model, ca_file=settings.tls.ca_file)) as steps:
        async for step in steps:
            if step.path is None:
                yield step
