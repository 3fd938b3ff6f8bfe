"""A model being fetched, by Ollama or into our cache: one stream of steps for whoever shows them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from postil.core.models.catalogue import Model, catalogue
from postil.engine.base import EngineRefused, ModelMissing
from postil.settings import Settings

_STAGES = {
    "waiting": "waiting for another process that fetches it",
    "checking": "checking what is there already",
    "downloading": "fetching",
}


@dataclass(frozen=True, slots=True)
class PullStep:
    """How far a pull is: what happens now, in words, and the bytes of that (None = not known)."""

    what: str
    done_bytes: int | None = None
    total_bytes: int | None = None


async def pull_model(engine_name: str, settings: Settings, model: str) -> AsyncGenerator[PullStep]:
    """Fetches a model for the engine of that name (`ollama` or `embedded`). Closing the generator stops it and keeps
    what has come; the next pull goes on from there. Raises an EngineError with the next step in it."""
    if engine_name not in ("ollama", "embedded"):
        raise EngineRefused(f"{engine_name} fetches no models: give it {model} by its own means")
    steps = _by_ollama(settings, model) if engine_name == "ollama" else _into_cache(known_model(model))
    async with aclosing(steps):
        async for step in steps:
            yield step


def known_model(name: str) -> Model:
    """The catalogue's model. ModelMissing for one that the embedded engine can't fetch."""
    model = catalogue().get(name)
    if model is None:
        names = ", ".join(entry.name for entry in catalogue().models)
        raise ModelMissing(
            f"the catalogue has no {name}; the embedded engine knows {names}. Any other GGUF file: set"
            " embedded.model_path",
            name,
        )
    return model


async def _by_ollama(settings: Settings, model: str) -> AsyncGenerator[PullStep]:
    from postil.engine.ollama.admin import OllamaAdmin

    admin = OllamaAdmin(settings.ollama.host, allow_http=settings.ollama.allow_http)
    try:
        async with aclosing(admin.pull(model)) as steps:
            async for step in steps:
                yield PullStep(f"{model}: {step.status}", step.done_bytes, step.total_bytes)
    finally:
        await admin.aclose()


async def _into_cache(model: Model) -> AsyncGenerator[PullStep]:
    from postil.engine.download.fetch import fetch

    async with aclosing(fetch(model)) as steps:
        async for step in steps:
            if step.path is None:
                source = f" from {step.source}" if step.stage == "downloading" else ""
                what = f"{model.name}: {_STAGES.get(step.stage, step.stage)}{source}"
                yield PullStep(what, step.done_bytes, step.total_bytes)
