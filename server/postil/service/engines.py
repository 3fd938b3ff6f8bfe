"""The engine of a session: chosen at the first need, kept, and chosen anew after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from postil.core.models import catalogue
from postil.core.persona.persona import Persona
from postil.core.request import LoadOptions
from postil.engine import choose
from postil.engine.base import Engine, EngineError, EngineFacts, EngineRefused, ModelMissing, held
from postil.engine.stream.priority import PriorityEngine
from postil.service.personas import from_engine
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.settings import Settings

Chooser = Callable[[Settings], "Awaitable[choose.EngineChoice]"]


async def choose_engine(settings: Settings) -> choose.EngineChoice:
    """The module is executed with the first review (postil/lazy)."""
    return await choose.choose_engine(settings)


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """All that a completion needs beside its place. `specials`: words of the model that never belong to an answer."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    load: LoadOptions
    specials: tuple[str, ...] = ()


class EngineHolder:
    """Concurrent first needs share one choice. `drop` lets the next need choose again."""

    def __init__(self, chooser: Chooser = choose_engine) -> None:
        self._chooser = chooser
        self._choice: choose.EngineChoice | None = None
        self._key: tuple[object, ...] = ()
        self._lock = asyncio.Lock()
        self._personas: dict[str, Persona] = {}

    async def context(self, settings: Settings, persona: Persona, cache: ReviewCache) -> ReviewContext:
        """Raises an EngineError with the next step in its message."""
        choice, model = await self._model(settings, persona, "review")
        return ReviewContext(choice.engine, model, persona, settings, cache, choice.facts)

    async def names(self, settings: Settings) -> tuple[str, ...]:
        """The models that the engine holds; none when it doesn't answer."""
        try:
            return tuple(model.name for model in (await self._chosen(settings)).facts.models)
        except EngineError:
            return ()

    async def persona(self, settings: Settings, name: str) -> Persona | None:
        """A model of Ollama's as a persona, made with `ollama create` as a rule. None for another engine, or when it
        holds none of that name. Raises EngineError."""
        if name in self._personas:
            return self._personas[name]
        choice = await self._chosen(settings)
        if choice.facts.name != "ollama":
            return None
        # It may have been made since the engine was chosen.
        model = held(choice.facts, name) or held(await choice.engine.facts(), name)
        if model is None:
            return None
        self._personas[name] = persona = await from_engine.engine_persona(settings, name, model)
        return persona

    async def completion(
        self,
        settings: Settings,
        persona: Persona,
        reviewer: Persona | None,
        serves: Callable[[str], str] = lambda model: model,
    ) -> CompletionContext:
        """As `context`; EngineRefused for a model without infill. Where the reviewer uses the same model, its load
        options count: others would make Ollama load the model anew with every change between the two. `serves`: what
        takes the place of a model that doesn't fit into memory."""
        choice, found = await self._model(settings, persona, "complete")
        model = serves(found)
        if not choose.fills_in(choice.facts, model):
            able = [one.name for one in choice.facts.models if choose.fills_in(choice.facts, one.name)]
            able = able or [one.name for one in catalogue.catalogue().for_role("complete")]
            raise EngineRefused(
                f"{model} has no fill-in-the-middle ({choice.facts.name}): set model.completion to one that has:"
                f" {', '.join(able)}."
            )
        loaded_by = persona
        if reviewer is not None:
            try:
                shared = serves(choose.choose_model(settings, choice.facts, reviewer.model, "review")) == model
            except ModelMissing:
                shared = False
            loaded_by = reviewer if shared else persona
        known = catalogue.catalogue().get(model)
        tokens = catalogue.catalogue().infill_of(known) if known else None
        words = (tokens.prefix, tokens.suffix, tokens.middle, tokens.repo, tokens.file) if tokens else ()
        specials = tuple(word for word in words if word)
        return CompletionContext(
            choice.engine, model, persona, settings, loaded_by.load_options(settings.num_ctx), specials
        )

    async def _model(
        self, settings: Settings, persona: Persona, role: catalogue.ModelRole
    ) -> tuple[choose.EngineChoice, str]:
        """The engine, and the model for a persona. What the engine lacked when it was chosen may have come since: it is
        asked once more before ModelMissing is raised."""
        choice = await self._chosen(settings)
        try:
            return choice, choose.choose_model(settings, choice.facts, persona.model, role)
        except ModelMissing:
            now = await choice.engine.facts()
            fresh = replace(choice, facts=replace(choice.facts, models=now.models))
        if self._choice is choice:
            self._choice = fresh
        return fresh, choose.choose_model(settings, fresh.facts, persona.model, role)

    async def _chosen(self, settings: Settings) -> choose.EngineChoice:
        async with self._lock:
            key = _decisive(settings)
            if self._choice is None or self._key != key:
                await self._close()
                choice = await self._chooser(settings)
                # A pool keeps each of its hosts free for completions by itself.
                if not choice.facts.prioritizes:
                    choice = replace(choice, engine=PriorityEngine(choice.engine, prefill=choice.facts.prefill))
                self._choice = choice
                self._key = key
            return self._choice

    def holds(self, engine: Engine) -> bool:
        """Whether this is the engine that is chosen now."""
        return self._choice is not None and self._choice.engine is engine

    @property
    def facts(self) -> EngineFacts | None:
        """What the engine can do, as it was when it was chosen; None while none is."""
        return self._choice.facts if self._choice else None

    @property
    def name(self) -> str:
        return self._choice.facts.name if self._choice else ""

    async def drop(self) -> None:
        async with self._lock:
            await self._close()

    async def failed(self, engine: Engine) -> None:
        """`drop`, unless another has been chosen since: of several requests that fail together the last may be told
        when the next one runs already."""
        async with self._lock:
            if self.holds(engine):
                await self._close()

    async def _close(self) -> None:
        self._personas.clear()
        choice, self._choice = self._choice, None
        if choice is not None:
            await choice.engine.aclose()


def _decisive(settings: Settings) -> tuple[object, ...]:
    """The settings whose change means another engine: any other must not break what streams."""
    return (
        settings.engine,
        settings.ollama,
        settings.openai,
        settings.pool,
        settings.embedded,
        settings.model,
        settings.timeouts,
    )
