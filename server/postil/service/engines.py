"""The engine of a session: chosen when it is first needed, reused, and chosen again after a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from postil.core.models import catalogue
from postil.core.models.families import FimTokens
from postil.core.models.overrides import known
from postil.core.persona.persona import Persona
from postil.core.request import LoadOptions
from postil.core.review.profile import ReviewProfile, profiles
from postil.engine import choose, passed_over
from postil.engine.base import Engine, EngineError, EngineFacts, EngineRefused, ModelMissing, held
from postil.engine.stream.priority import PriorityEngine
from postil.service.personas import from_engine
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.settings import Settings

log = logging.getLogger(__name__)

Chooser = Callable[[Settings], "Awaitable[choose.EngineChoice]"]


async def choose_engine(settings: Settings) -> choose.EngineChoice:
    """Deferred: the first call executes the module `engine.choose` (postil/lazy)."""
    return await choose.choose_engine(settings)


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """What a completion needs besides its cursor. `specials`: special tokens of the model, never part of an answer.
    `fim`: those that Postil writes the prompt with, where the engine doesn't frame it."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    load: LoadOptions
    profile: ReviewProfile
    specials: tuple[str, ...] = ()
    fim: FimTokens | None = None


class EngineHolder:
    """Concurrent calls share one choice of engine. After `drop`, the next call chooses again."""

    def __init__(self, chooser: Chooser = choose_engine) -> None:
        self._chooser = chooser
        self._choice: choose.EngineChoice | None = None
        self._key: tuple[object, ...] = ()
        self._lock = asyncio.Lock()
        self._personas: dict[str, Persona] = {}

    async def context(self, settings: Settings, persona: Persona, cache: ReviewCache) -> ReviewContext:
        """What a review needs. Raises an EngineError whose message says what the user can do."""
        choice, model = await self._model(settings, persona, "review")
        return ReviewContext(choice.engine, model, persona, settings, cache, choice.facts)

    async def names(self, settings: Settings) -> tuple[str, ...]:
        """The names of the engine's models; none if the engine doesn't answer."""
        try:
            return tuple(model.name for model in (await self._chosen(settings)).facts.models)
        except EngineError:
            return ()

    async def persona(self, settings: Settings, name: str) -> Persona | None:
        """A model in Ollama (usually made with `ollama create`) as a persona. None for another engine, and if Ollama
        has no model of that name. Raises EngineError."""
        if name in self._personas:
            return self._personas[name]
        choice = await self._chosen(settings)
        if choice.facts.name != "ollama":
            return None
        # The model may have been created after the engine was chosen.
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
        """What a completion needs. Raises as `context` does, and EngineRefused for a model without infill. If the
        reviewer uses the same model, its load options are used: with different ones, Ollama would reload the model at
        each switch between the two. `serves` maps a model that doesn't fit into memory to its replacement."""
        choice, found = await self._model(settings, persona, "complete")
        model = serves(found)
        told = await choice.engine.describe(choice.facts.model(model))
        if not told.fills_in:
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
        load = loaded_by.load_options(settings.num_ctx)
        specials = told.fim.words if told.fim is not None else ()
        return CompletionContext(
            choice.engine, model, persona, settings, load, profiles()[told.profile], specials, told.raw_tokens
        )

    async def _model(
        self, settings: Settings, persona: Persona, role: catalogue.ModelRole
    ) -> tuple[choose.EngineChoice, str]:
        """The engine and the persona's model. The model may have been installed after the engine was chosen, so the
        engine's list of models is read again before ModelMissing is raised."""
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
            key = (*_decisive(settings), known())
            if self._choice is None or self._key != key:
                await self._close()
                choice = await self._chooser(settings)
                # A pool prioritizes completions itself, for each of its hosts.
                if not choice.facts.prioritizes:
                    choice = replace(choice, engine=PriorityEngine(choice.engine))
                self._choice = choice
                self._key = key
                level = logging.WARNING if self.notice else logging.INFO
                log.log(level, "engine: %s (%s)", choice.facts.name, choice.reason)
            return self._choice

    def holds(self, engine: Engine) -> bool:
        """Whether this is the current engine."""
        return self._choice is not None and self._choice.engine is engine

    @property
    def facts(self) -> EngineFacts | None:
        """The engine's capabilities when it was chosen; None while no engine is chosen."""
        return self._choice.facts if self._choice else None

    @property
    def notice(self) -> str:
        """The sentence for a user whose Ollama was passed over; "" when there is nothing to say."""
        return passed_over.notice(self._choice.facts) if self._choice else ""

    @property
    def name(self) -> str:
        return self._choice.facts.name if self._choice else ""

    async def drop(self) -> None:
        async with self._lock:
            await self._close()

    async def failed(self, engine: Engine) -> None:
        """Drop this engine, unless another has been chosen since: of several requests that fail together, the last may
        report its failure when the next engine is already in use."""
        async with self._lock:
            if self.holds(engine):
                await self._close()

    async def _close(self) -> None:
        self._personas.clear()
        choice, self._choice = self._choice, None
        if choice is not None:
            await choice.engine.aclose()


def _decisive(settings: Settings) -> tuple[object, ...]:
    """The settings whose change requires another engine. No other change may interrupt a running stream."""
    return (
        settings.engine,
        settings.ollama,
        settings.openai,
        settings.tls,
        settings.pool,
        settings.embedded,
        settings.model,
        settings.timeouts,
    )
