"""The engine and the models for `postil review`; with --pull a missing model is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postil.cli.pull import show_steps
from postil.cli.running import say
from postil.core.models.catalogue import catalogue
from postil.core.models.hub_name import hub_name
from postil.core.persona.persona import Persona
from postil.engine.base import Engine, ModelMissing
from postil.engine.choose import choose_engine
from postil.engine.download.pull import pull_model
from postil.engine.passed_over import notice
from postil.engine.picking.pick import EngineChoice, ModelChoice, pick
from postil.service.review.cache import ReviewCache
from postil.service.review.units import ReviewContext
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class Opened:
    """Engines ready to review, with a context for each persona. `name` is for the summary."""

    engine: Engine
    name: str
    contexts: tuple[ReviewContext, ...]
    beside: Engine | None = None

    async def aclose(self) -> None:
        await self.engine.aclose()
        if self.beside is not None:
            await self.beside.aclose()


async def open_contexts(settings: Settings, personas: Sequence[Persona], *, pull: bool) -> Opened:
    """Raises an EngineError with the next step in its message."""
    choice = await choose_engine(settings)
    if told := notice(choice.facts):
        say(told)
    try:
        found: list[ModelChoice] = []
        for persona in personas:
            choice, one = await _model(settings, choice, persona, pull)
            found.append(one)
    except BaseException:
        await choice.aclose()
        raise
    for sentence in dict.fromkeys(one.notice for one in found if one.notice):
        say(sentence)
    cache = ReviewCache()
    contexts = tuple(
        ReviewContext(
            one.choice.engine, one.model, persona, settings, cache, one.choice.facts, why=one.told, notice=one.notice
        )
        for one, persona in zip(found, personas, strict=True)
    )
    names = dict.fromkeys(f"{one.choice.facts.name} ({one.choice.reason}; {one.reason})" for one in found)
    beside = choice.beside.engine if choice.beside is not None else None
    return Opened(choice.engine, ", ".join(names), contexts, beside)


async def _model(
    settings: Settings, choice: EngineChoice, persona: Persona, pull: bool
) -> tuple[EngineChoice, ModelChoice]:
    """The persona's model, and the engines with their models of now."""
    try:
        return choice, await pick(settings, choice, persona.model, "review", persona.name)
    except ModelMissing as missing:
        fetched = missing.engine == "ollama" or catalogue().get(missing.model) is not None or hub_name(missing.model)
        if not pull or missing.engine not in ("ollama", "embedded") or not fetched:
            raise
        await show_steps(pull_model(missing.engine, settings, missing.model))
    fresh = await choice.listed_again()
    return fresh, await pick(settings, fresh, persona.model, "review", persona.name)
