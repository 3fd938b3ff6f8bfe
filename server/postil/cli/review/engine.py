"""The engine and the models for `postil review`; with --pull a missing model is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from postil.cli.pull import show_steps
from postil.cli.running import say
from postil.core.models.catalogue import catalogue
from postil.core.persona.persona import Persona
from postil.engine.base import Engine, ModelMissing
from postil.engine.choose import EngineChoice, choose_engine, choose_model
from postil.engine.download.pull import pull_model
from postil.engine.passed_over import notice
from postil.service.review.cache import ReviewCache
from postil.service.review.units import ReviewContext
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine ready to review, with a context for each persona. `name` is for the summary."""

    engine: Engine
    name: str
    contexts: tuple[ReviewContext, ...]


async def open_contexts(settings: Settings, personas: Sequence[Persona], *, pull: bool) -> Opened:
    """Raises an EngineError with the next step in its message."""
    choice = await choose_engine(settings)
    if told := notice(choice.facts):
        say(told)
    try:
        models = [await _model(settings, choice, persona, pull) for persona in personas]
        facts = choice.facts
        if pull:
            facts = replace(facts, models=(await choice.engine.facts()).models)
    except BaseException:
        await choice.engine.aclose()
        raise
    cache = ReviewCache()
    contexts = tuple(
        ReviewContext(choice.engine, model, persona, settings, cache, facts)
        for model, persona in zip(models, personas, strict=True)
    )
    return Opened(choice.engine, f"{facts.name} ({choice.reason})", contexts)


async def _model(settings: Settings, choice: EngineChoice, persona: Persona, pull: bool) -> str:
    try:
        return choose_model(settings, choice.facts, persona.model, "review")
    except ModelMissing as missing:
        model = catalogue().get(missing.model)
        if not pull or choice.facts.name != "embedded" or model is None:
            raise
        await show_steps(pull_model("embedded", settings, model.name))
        facts = replace(choice.facts, models=(await choice.engine.facts()).models)
        return choose_model(settings, facts, persona.model, "review")
