"""The engines of a session: chosen when they are first needed, reused, and chosen again after a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import msgspec

from postil.core.exchanges import kept
from postil.core.models import catalogue, families, overrides
from postil.core.persona.persona import Persona
from postil.core.request import LoadOptions
from postil.core.review import profile as review_profile
from postil.engine import choose, passed_over
from postil.engine.base import Engine, EngineError, EngineFacts, EngineRefused, ModelInfo, ModelMissing, held
from postil.engine.picking import embedder as picked
from postil.engine.stream.priority import PriorityEngine
from postil.service.personas import from_engine
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.settings import Settings

log = logging.getLogger(__name__)

# Seconds between two looks for a model that a persona names and that isn't there: people pull while they work.
LIST_AGAIN = 10.0

Chooser = Callable[[Settings], "Awaitable[choose.EngineChoice]"]


async def choose_engine(settings: Settings) -> choose.EngineChoice:
    """Deferred: the first call executes the module `engine.choose` (postil/lazy)."""
    return await choose.choose_engine(settings)


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """What a completion needs besides its cursor. `specials`: special tokens of the model, never part of an answer.
    `fim`: those that Postil writes the prompt with, where the engine doesn't frame it. `why`: why this model, as a
    sentence; `notice`: the sentence for a user who has named another."""

    engine: Engine
    model: str
    persona: Persona
    settings: Settings
    load: LoadOptions
    profile: review_profile.ReviewProfile
    specials: tuple[str, ...] = ()
    fim: families.FimTokens | None = None
    why: str = ""
    notice: str = ""


class EngineHolder:
    """Concurrent calls share one choice of engines: one that reviews, and for `auto` perhaps another beside it. After
    `drop`, the next call chooses again."""

    def __init__(self, chooser: Chooser = choose_engine) -> None:
        self._chooser = chooser
        self._choice: choose.EngineChoice | None = None
        self._key: tuple[object, ...] = ()
        self._lock = asyncio.Lock()
        self._personas: dict[str, Persona] = {}
        # By role and the FROM of a persona. Until the lists of models are read again.
        self._picked: dict[tuple[str, str | None], choose.ModelChoice] = {}
        self._listed_at = 0.0
        # Of engines that were closed.
        self._past: tuple[kept.Exchange, ...] = ()

    async def context(self, settings: Settings, persona: Persona, cache: ReviewCache) -> ReviewContext:
        """What a review needs. Raises an EngineError whose message says what the user can do."""
        found = await self._model(settings, persona, "review")
        choice = found.choice
        return ReviewContext(
            choice.engine, found.model, persona, settings, cache, choice.facts, why=found.told, notice=found.notice
        )

    async def names(self, settings: Settings) -> tuple[str, ...]:
        """The names of the engines' models; none if no engine answers."""
        try:
            choice = await self._chosen(settings)
        except EngineError:
            return ()
        return tuple(dict.fromkeys(model.name for one in choice.all for model in one.facts.models))

    async def persona(self, settings: Settings, name: str) -> Persona | None:
        """A model in Ollama (usually made with `ollama create`) as a persona. None for another engine, and if Ollama
        has no model of that name. Raises EngineError."""
        if name in self._personas:
            return self._personas[name]
        choice = (await self._chosen(settings)).all[0]
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
        """What a completion needs. Raises as `context` does, and EngineRefused for a model without infill, or where
        none that is there has it. If the reviewer uses the same model, its load options are used: with different ones,
        Ollama would reload the model at each switch between the two. `serves` maps a model that doesn't fit into memory
        to its replacement."""
        found = await self._completes(settings, persona)
        choice, model = found.choice, serves(found.model)
        told = await choice.engine.describe(choice.facts.model(model))
        if not told.fills_in:
            able = choose.able_to_fill_in(await self._chosen(settings))
            able = able or tuple(one.name for one in catalogue.catalogue().for_role("complete"))
            raise EngineRefused(
                f"{model} has no fill-in-the-middle ({choice.facts.name}): set model.completion to one that has:"
                f" {', '.join(able)}."
            )
        loaded_by = persona
        if reviewer is not None:
            try:
                read = await self._model(settings, reviewer, "review")
                shared = read.choice.facts.name == choice.facts.name and serves(read.model) == model
            except EngineError:
                shared = False
            loaded_by = reviewer if shared else persona
        load = loaded_by.load_options(settings.num_ctx)
        return CompletionContext(
            choice.engine,
            model,
            persona,
            settings,
            load,
            review_profile.profiles()[told.profile],
            told.fim.words if told.fim is not None else (),
            told.raw_tokens,
            why=found.told,
            notice=found.notice,
        )

    async def embedder(self, settings: Settings) -> tuple[Engine, ModelInfo] | None:
        """The model that the settings name for vectors, and its engine; None where they name none. Raises ModelMissing
        if it isn't there, and EngineUnavailable."""
        wanted = settings.model.embedding
        if not wanted:
            return None
        choice = await self._chosen(settings)
        found = await picked.embedder(choice, wanted)
        if found is None and self._stale():
            found = await picked.embedder(await self._listed_again(choice), wanted)
        if found is None:
            raise ModelMissing(f"{wanted} is not here: `postil models pull {wanted}` fetches it", wanted)
        return found[0].engine, found[1]

    async def _completes(self, settings: Settings, persona: Persona) -> choose.ModelChoice:
        """The completer's model. Where a model is there that reviews, none is asked for: ghost text is off."""
        try:
            return await self._model(settings, persona, "complete")
        except ModelMissing as error:
            if settings.model.completion is not None:
                raise
            try:
                await choose.pick(settings, await self._chosen(settings), None, "review")
            except EngineError:
                raise error from None
            raise EngineRefused(f"Ghost text is off: {error}") from error

    async def _model(self, settings: Settings, persona: Persona, role: catalogue.ModelRole) -> choose.ModelChoice:
        """The persona's model and its engine. A model may have been installed, or Ollama started, after the engines
        were chosen, so they are asked again before ModelMissing is raised, and now and then while a persona's own model
        isn't there."""
        choice = await self._chosen(settings)
        key = (role, persona.model)
        found = self._picked.get(key)
        if found is not None and (not found.notice or not self._stale()):
            return found
        try:
            found = await choose.pick(settings, choice, persona.model, role, persona.name)
            if found.notice and self._stale():
                found = await choose.pick(settings, await self._listed_again(choice), persona.model, role, persona.name)
        except ModelMissing:
            fresh = await self._again(settings, choice)
            found = await choose.pick(settings, fresh, persona.model, role, persona.name)
        self._picked[key] = found
        log.info("%s: %s", persona.name, found.told)
        return found

    def _stale(self) -> bool:
        return asyncio.get_running_loop().time() - self._listed_at > LIST_AGAIN

    async def _again(self, settings: Settings, choice: choose.EngineChoice) -> choose.EngineChoice:
        """The engines with their models of now. Without an Ollama, `auto` looks for one again."""
        if settings.engine == "auto" and choice.all[0].facts.name != "ollama":
            async with self._lock:
                if self._choice is choice:
                    now = await self._chooser(settings)
                    if now.all[0].facts.name == "ollama":
                        await self._close()
                        return self._use(now, settings)
                    # What runs may be writing ghost text.
                    await now.aclose()
        return await self._listed_again(choice)

    async def _listed_again(self, choice: choose.EngineChoice) -> choose.EngineChoice:
        """Read the lists of models again."""
        fresh = await choice.listed_again()
        self._listed_at = asyncio.get_running_loop().time()
        if self._choice is choice:
            self._choice = fresh
            self._picked.clear()
        return fresh

    async def _chosen(self, settings: Settings) -> choose.EngineChoice:
        async with self._lock:
            if self._choice is None or self._key != _decisive(settings):
                await self._close()
                return self._use(await self._chooser(settings), settings)
            return self._choice

    def _use(self, found: choose.EngineChoice, settings: Settings) -> choose.EngineChoice:
        choice = _prioritized(found)
        if choice.beside is not None:
            choice = replace(choice, beside=_prioritized(choice.beside))
        self._choice, self._key = choice, _decisive(settings)
        self._listed_at = asyncio.get_running_loop().time()
        level = logging.WARNING if self.notice else logging.INFO
        log.log(level, "engine: %s (%s)", choice.facts.name, choice.reason)
        return choice

    def holds(self, engine: Engine) -> bool:
        """Whether this is one of the current engines."""
        choice = self._choice
        if choice is None:
            return False
        return choice.engine is engine or (choice.beside is not None and choice.beside.engine is engine)

    def facts_of(self, engine: Engine) -> EngineFacts | None:
        """The facts of one of the current engines; None for another."""
        there = self._choice.all if self._choice else ()
        return next((one.facts for one in there if one.engine is engine), None)

    @property
    def facts(self) -> EngineFacts | None:
        """What the engine for reviews can do; None while no engine is chosen."""
        return self._choice.facts if self._choice else None

    @property
    def notice(self) -> str:
        """The sentence for a user whose Ollama was passed over; "" when there is nothing to say."""
        return passed_over.notice(self._choice.facts) if self._choice else ""

    def exchanges(self) -> tuple[kept.Exchange, ...]:
        """The latest requests to all engines, as they were sent, the newest first."""
        there = self._choice.all if self._choice else ()
        return kept.newest([*self._past, *(exchange for one in there for exchange in one.engine.exchanges())])

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
        self._picked.clear()
        self._past = self.exchanges()
        choice, self._choice = self._choice, None
        if choice is not None:
            await choice.aclose()


def _prioritized(choice: choose.EngineChoice) -> choose.EngineChoice:
    """A pool prioritizes completions itself, for each of its hosts."""
    return choice if choice.facts.prioritizes else replace(choice, engine=PriorityEngine(choice.engine))


def embedding_by(settings: Settings) -> tuple[object, ...]:
    """The settings whose change means that another engine or model makes vectors."""
    return (*_decisive(settings), settings.model.embedding)


def _decisive(settings: Settings) -> tuple[object, ...]:
    """The settings whose change requires another engine, and what is known of models. No other change may interrupt a
    running stream."""
    return (
        settings.engine,
        settings.ollama,
        settings.openai,
        settings.tls,
        settings.pool,
        settings.embedded,
        # Which model makes vectors is asked each time.
        msgspec.structs.replace(settings.model, embedding=None),
        settings.timeouts,
        overrides.known(),
    )
