"""The models that the personas which are on need, as their first requests will load them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postil.core.persona.persona import Persona
from postil.core.request import LoadOptions
from postil.engine.base import EngineFacts, ModelMissing
from postil.settings import Settings

if TYPE_CHECKING:
    from postil.service.models.stores import ModelStore
    from postil.service.personas.load import PersonaSet


@dataclass(frozen=True, slots=True)
class Needed:
    """A model, and the options that keep the next request from loading it again."""

    model: str
    load: LoadOptions


def is_on(settings: Settings, persona: Persona) -> bool:
    """Whether the settings turn a persona on."""
    if persona.role == "complete":
        return settings.completion.enabled and settings.completion.persona == persona.name
    return persona.name in settings.review.personas


def needed_models(settings: Settings, personas: Iterable[Persona], facts: EngineFacts) -> tuple[Needed, ...]:
    """The models of the personas that are on, each once; where a reviewer and the completer share one, the reviewer's
    options count, as in `service/engines`. Raises ModelMissing with how to get it."""
    from postil.engine.choose import choose_model

    found: dict[str, LoadOptions] = {}
    on = [persona for persona in personas if is_on(settings, persona)]
    for persona in sorted(on, key=lambda persona: persona.role == "complete"):
        role = "complete" if persona.role == "complete" else "review"
        name = choose_model(settings, facts, persona.model, role)
        found.setdefault(name, persona.load_options(settings.num_ctx))
    return tuple(Needed(name, load) for name, load in found.items())


async def needed_of(settings: Settings, personas: PersonaSet, store: ModelStore) -> tuple[Needed, ...]:
    """As `needed_models`, of what a store holds."""
    facts = EngineFacts(store.name, store.where, tuple(await store.models()))
    return needed_models(settings, personas.personas.values(), facts)


async def load_needed(
    settings: Settings, personas: PersonaSet, store: ModelStore, name: str | None = None, keep_alive: str | None = None
) -> AsyncGenerator[str]:
    """Loads one model, or all that are needed; a sentence for each. A model that a persona which is on uses is loaded
    as that persona does. Raises EngineError, WrongUsage."""
    from postil.service.models.stores import WrongUsage

    if store.name == "embedded":
        yield await store.load(name or "", keep_alive, LoadOptions())
        return
    try:
        needed = await needed_of(settings, personas, store)
    except ModelMissing:
        if name is None:
            raise
        needed = ()
    if name is not None:
        full = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
        load = next((one.load for one in needed if one.model in (name, full)), LoadOptions(num_ctx=settings.num_ctx))
        needed = (Needed(name, load),)
    if not needed:
        raise WrongUsage("no persona is on: name the model, or set review.personas")
    for one in needed:
        yield await store.load(one.model, keep_alive, one.load)
