"""Puts a conversation together: settings, persona, engine, tools, memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from postil.core.agent.budget import Meter
from postil.core.agent.prompt import CallForm
from postil.core.agent.turns import Turn
from postil.core.models.thinking import NO_REASONING
from postil.core.persona.persona import Persona
from postil.core.review.profile import profiles
from postil.service.agent.beside import Beside
from postil.service.agent.conversation import Conversation, Keep, Limits
from postil.service.agent.door import Door
from postil.service.agent.gate import Gate
from postil.service.agent.memory import Memory
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.steps.mending import mended
from postil.service.agent.steps.model import AgentModel
from postil.service.agent.steps.probe import kept
from postil.service.agent.toolbox import toolbox
from postil.service.agent.tools.remote import RemoteTools
from postil.service.agent.workplace import Workplace
from postil.service.agent.writing import PreImages, Writer
from postil.service.engines import EngineHolder
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext, reasoning_of
from postil.settings import Settings

Driver = Literal["auto", "free", "harness"]
# The shipped persona of a conversation.
PERSONA = "agent"
# Billions of parameters from which on a model that nobody has probed decides about its steps itself.
_FREE_FROM = 7.0


@dataclass(slots=True)
class Opening:
    """What a conversation is made of. `gate` and `images` come with the workplace's door; `form` and `driver` None or
    "auto": by the model's profile and what is known of it."""

    folder: Path
    settings: Settings
    persona: Persona
    repairer: Persona
    reviewer: Persona
    engines: EngineHolder
    door: Door
    gate: Gate
    images: PreImages
    memory: Memory
    trusted: bool = True
    foreign: frozenset[str] = frozenset()
    form: CallForm | None = None
    driver: Driver = "auto"
    limits: Limits | None = None
    began: Callable[[], None] | None = None
    keep: Keep | None = None
    remote: RemoteTools | None = None


async def open_conversation(opening: Opening, turns: Sequence[Turn] = ()) -> Conversation:
    """Raises EngineError with the next step in its message."""
    settings, persona = opening.settings, opening.persona
    cache = ReviewCache()
    context = await opening.engines.context(settings, persona, cache)

    async def opened() -> ReviewContext:
        return await opening.engines.context(settings, opening.repairer, cache)

    async def reviewer() -> ReviewContext:
        return await opening.engines.context(settings, opening.reviewer, cache)

    facts = context.facts
    info = await context.engine.describe(facts.model(context.model)) if facts is not None else None
    rules = profiles()[info.profile if info is not None else "unmeasured"].agent
    load = persona.load_options(settings.num_ctx)
    abilities = info.abilities if info is not None else None
    if abilities is not None and abilities.context.value:
        load = replace(load, num_ctx=min(load.num_ctx, abilities.context.value))
    native = abilities is not None and abilities.tools.value
    probed = kept(facts, info) if facts is not None and info is not None else None
    usual = rules.form if rules.form != "auto" else "native" if native else "prompted"
    form: CallForm = opening.form or (probed.form if probed is not None else usual)
    size = (info.parameters if info is not None else None) or 0.0
    driver = opening.driver
    if driver == "auto":
        driver = probed.driver if probed is not None else rules.driver
    harness = driver == "harness" or (driver == "auto" and size < _FREE_FROM)
    reasoning = reasoning_of(abilities, persona, settings) if abilities is not None else NO_REASONING
    model = AgentModel(context.engine, context.model, persona, load, form, harness, reasoning)
    meter = Meter(load.num_ctx)
    folder = Path(os.path.realpath(opening.folder))  # noqa: ASYNC240
    place = Workplace(folder, settings, opening.door, meter, opened, opening.trusted, opening.foreign)
    retrieval = Retrieval(folder, settings)
    writer = Writer(place, opening.images)
    tools = toolbox(place, writer, retrieval, opening.memory.recall, reviewer, persona.tools, opening.remote)
    beside = Beside(place, opening.memory.remembered)
    return Conversation(
        model, meter, tools, opening.gate, beside, opening.limits, tuple(turns), mended, opening.began, opening.keep
    )
