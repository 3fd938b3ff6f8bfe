"""Loads the models of the enabled personas with the same options as their first requests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from postil.core.models.names import full_name
from postil.core.persona.persona import Persona
from postil.core.request import LoadOptions
from postil.engine.base import EngineFacts, ModelMissing
from postil.engine.choose import choose_model
from postil.service.models.stores import ModelStore, WrongUsage
from postil.service.personas.load import PersonaSet
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class Needed:
    """A model, and the load options that its requests will have."""

    model: str
    load: LoadOptions


def is_on(settings: Settings, persona: Persona) -> bool:
    """Whether the settings enable a persona."""
    if persona.role == "complete":
        return settings.completion.enabled and settings.completion.persona == persona.name
    return persona.name in settings.review.personas


def needed_models(settings: Settings, personas: Iterable[Persona], facts: EngineFacts) -> tuple[Needed, ...]:
    """The models of the enabled personas, each once. If a reviewer and the completer share a model, the reviewer's load
    options are used, as in `service/engines`. Where a model reviews, none has to be there for completions. Raises
    ModelMissing; its message says how to get the model."""
    found: dict[str, LoadOptions] = {}
    on = [persona for persona in personas if is_on(settings, persona)]
    for persona in sorted(on, key=lambda persona: persona.role == "complete"):
        role = "complete" if persona.role == "complete" else "review"
        try:
            name = choose_model(settings, facts, persona.model, role)
        except ModelMissing:
            if role == "review" or not found:
                raise
            continue
        found.setdefault(name, persona.load_options(settings.num_ctx))
    return tuple(Needed(name, load) for name, load in found.items())


async def needed_of(settings: Settings, personas: PersonaSet, store: ModelStore) -> tuple[Needed, ...]:
    """As `needed_models`, for the models of a store."""
    facts = EngineFacts(store.name, store.where, tuple(await store.models()))
    return needed_models(settings, personas.personas.values(), facts)


async def load_needed(
    settings: Settings, personas: PersonaSet, store: ModelStore, name: str | None = None, keep_alive: str | None = None
) -> AsyncGenerator[str]:
    """Loads the named model, or all models of enabled personas, and yields a sentence for each. A model of an enabled
    persona is loaded with that persona's options. Raises EngineError, WrongUsage."""
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
        same = (one.load for one in needed if full_name(one.model) == full_name(name))
        load = next(same, LoadOptions(num_ctx=settings.num_ctx))
        needed = (Needed(name, load),)
    if not needed:
        raise WrongUsage("no persona is enabled: name the model, or set review.personas")
    for one in needed:
        yield await store.load(one.model, keep_alive, one.load)
