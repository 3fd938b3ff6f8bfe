"""Fetches a model for either engine: by Ollama, or into our cache."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from postil.core.models.catalogue import Model, catalogue
from postil.core.models.hub_name import hub_name
from postil.engine.base import EngineRefused, ModelMissing, Progress
from postil.engine.download.fetch import fetch
from postil.engine.download.hub_files import hub_weights
from postil.engine.download.store import catalogue_file, hub_folder, hub_gguf
from postil.engine.ollama.admin import admin_of
from postil.settings import Settings


async def pull_model(engine_name: str, settings: Settings, model: str) -> AsyncGenerator[Progress]:
    """Fetches a model for the engine of that name (`ollama` or `embedded`). Closing the generator stops it and keeps
    what has come for the next pull. Raises an EngineError that includes the next step."""
    if engine_name not in ("ollama", "embedded"):
        raise EngineRefused(f"{engine_name} fetches no models: give it {model} by its own means")
    steps = _by_ollama(settings, model) if engine_name == "ollama" else _into_cache(settings, model)
    async with aclosing(steps):
        async for step in steps:
            yield step


def known_model(name: str) -> Model:
    """The model of the catalogue that a name means. Raises ModelMissing, with the names that there are."""
    on_hub = hub_name(name)
    model = catalogue_file(on_hub) if on_hub is not None else catalogue().get(name)
    if model is None:
        names = ", ".join(entry.name for entry in catalogue().models)
        raise ModelMissing(
            f"the catalogue has no {name}; the embedded engine knows {names}, and any GGUF file of the hub"
            " (hf.co/OWNER/REPOSITORY:Q4_K_M). A file of your own: set embedded.model_path",
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


async def _into_cache(settings: Settings, name: str) -> AsyncGenerator[Progress]:
    ca_file, on_hub = settings.tls.ca_file, hub_name(name)
    if on_hub is None or catalogue_file(on_hub) is not None:
        steps = fetch(known_model(name), ca_file=ca_file)
    elif (on_hub.file or on_hub.quantization) and hub_gguf(on_hub) is not None:
        return
    else:
        weights = await hub_weights(on_hub, ca_file)
        steps = fetch(weights, folder=hub_folder(on_hub.repo, weights.source.file), ca_file=ca_file)
    async with aclosing(steps):
        async for step in steps:
            if step.path is None:
                yield step
