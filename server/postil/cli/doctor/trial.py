"""What `postil doctor` tells of a model: what its engine says, and what one token of it shows."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass

from postil.core.models.abilities import Abilities
from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.base import EngineError, held
from postil.engine.choose import EngineChoice

# A model that is loaded answers within a second. One that isn't may take minutes: then the doctor doesn't wait.
TRIAL_SECONDS = 10.0
# Ollama's first version that tells probabilities (`logprobs`).
_PROBABILITIES = (0, 12, 11)
LACK = "its answers have no probabilities: reviews show every difference, without a score"
UPDATE = "update Ollama to 0.12.11 or later"


@dataclass(frozen=True, slots=True)
class ModelAbilities:
    """What a model that reviews can do, and how that is known."""

    model: str
    abilities: Abilities


async def abilities_shown(choice: EngineChoice, name: str) -> ModelAbilities:
    """What the engine tells of a model, and what was seen of it by now."""
    model = await choice.engine.describe(choice.facts.model(name))
    return ModelAbilities(name, choice.engine.observed(name).completed(model.abilities))


def too_old(version: str) -> bool:
    """Whether this Ollama can't tell probabilities. A version that isn't a number says nothing, and neither does 0.0.0,
    that of builds which nobody gave one."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)(?!.*-rc)", version)
    return found is not None and (0, 0, 0) < tuple(map(int, found.groups())) < _PROBABILITIES


async def lacks(choice: EngineChoice, model: str, load: LoadOptions) -> tuple[str, ...]:
    """What a model of a local Ollama was seen not to do, each as a sentence. Nothing where it isn't known within some
    seconds. The request has the options of a review, so that the model isn't loaded a second time."""
    listed = next((one for one in choice.facts.models if one.name == held(choice.facts, model)), None)
    if choice.facts.name != "ollama" or listed is None or listed.abilities.remote.value or listed.remote_host:
        return ()
    request = ChatRequest(
        model,
        (Message("user", "```text\none\n```\n\nRepeat it."),),
        prefill="```text\n",
        sampling=Sampling(max_tokens=1),
        load=load,
        top_logprobs=1,
        think=False,
    )
    try:
        async with asyncio.timeout(TRIAL_SECONDS), aclosing(choice.engine.chat(request)) as stream:
            async for _ in stream:
                pass
    except (EngineError, TimeoutError):
        return ()
    seen = choice.engine.observed(model).completed(Abilities())
    found = [LACK] if not seen.logprobs.value else []
    if seen.prefill.value == "none":
        found.append(f"it doesn't continue an answer that is begun ({seen.prefill.how}): rewrites take longer")
    return tuple(found)
