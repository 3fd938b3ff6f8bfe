"""The models of engines as candidates for a role, and which of them a name means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from postil.core.models.abilities import Abilities
from postil.core.models.catalogue import ModelRole
from postil.core.models.choice import Candidate, ChosenRole, Machine, Ranking, ranked
from postil.core.models.names import has_tag, runs_elsewhere
from postil.core.models.recognise import recognised, same_family, same_weights
from postil.core.models.told import LLAMA_CPP, OLLAMA, OPENAI
from postil.core.review.profile import profiles
from postil.engine.base import EngineFacts, ModelInfo, held
from postil.engine.described import described
from postil.engine.hosts import is_loopback
from postil.engine.picking.machine import this_machine

_DIGEST = re.compile(r"[0-9a-f]{12,64}")


def own_name(facts: EngineFacts, name: str) -> str | None:
    """The engine's own spelling of the model that a name means: the same name as Ollama completes it, else the same
    weights of the catalogue under another name."""
    found = held(facts, name) or _of_digest(facts, name)
    if found is not None:
        return found
    return next(
        (
            one.name
            for one in facts.models
            if not one.remote_host and same_weights(name, one.name, one.parameters, one.size, one.quantization)
        ),
        None,
    )


def _of_digest(facts: EngineFacts, name: str) -> str | None:
    """The model of a digest, or of the first twelve digits of one, as `ollama list` shows them."""
    digits = name.strip().lower().removeprefix("sha256:")
    if not _DIGEST.fullmatch(digits):
        return None
    return next((one.name for one in facts.models if _hex(one.digest).startswith(digits)), None)


def _hex(digest: str | None) -> str:
    return (digest or "").removeprefix("sha256:")


def holds(facts: EngineFacts, name: str) -> bool:
    """Whether an engine holds the model that a name means."""
    return own_name(facts, name) is not None or only_kin(facts, name) is not None


def fills_in(facts: EngineFacts, name: str) -> bool:
    """Whether a model fills in the middle, as far as is known before it is described."""
    return told(facts, facts.model(name)).fills_in


def only_kin(facts: EngineFacts, name: str | None) -> str | None:
    """The only model that differs from a name without a tag in its tag, and runs on this machine."""
    if not name or has_tag(name):
        return None
    kin = same_family(name, [one.name for one in facts.models])
    local = [one for one in kin if not told(facts, facts.model(one)).abilities.remote.value]
    return local[0] if len(kin) == len(local) == 1 else None


def hidden_remote(facts: EngineFacts, model: str, wanted: str) -> bool:
    """Whether a persona's model runs elsewhere without a name that says so: whoever wrote the persona needn't know."""
    return told(facts, facts.model(model)).abilities.remote.value and not runs_elsewhere(wanted)


def ranking_of(
    lists: Sequence[EngineFacts], role: ModelRole, known: Mapping[tuple[str, str], ModelInfo] | None = None
) -> Ranking:
    found = known or {}
    chosen: ChosenRole = "complete" if role == "complete" else "review"
    return ranked(
        chosen,
        (
            candidate(facts, found.get((facts.name, model.name)) or told(facts, model), rank)
            for rank, facts in enumerate(lists)
            for model in facts.models
        ),
    )


def candidate(facts: EngineFacts, info: ModelInfo, rank: int) -> Candidate:
    """What the ranking needs of a model. `rank` of its engine: a smaller one goes before."""
    able, profile = info.abilities, profiles()[info.profile]
    listed = recognised(info.name, info.parameters, info.size, info.quantization)
    exact = listed is not None and same_weights(listed.name, info.name, info.parameters, info.size, info.quantization)
    # `/infill` of a family without tokens is a try, no proof.
    infill = able.infill.value not in ("none", "endpoint") or (able.infill.value == "endpoint" and bool(info.family))
    return Candidate(
        facts.name,
        info.name,
        rank,
        machine_of(facts),
        info.size,
        listed.memory if listed is not None and exact else None,
        info.parameters,
        info.active,
        kin=bool(info.family) or (able.chat.origin != "default" and able.chat.value),
        chat=able.chat.value,
        embedding=able.embedding.value,
        infill=infill,
        remote=able.remote.value,
        thinks=able.thinking.value == "always",
        measured=bool(profile.measured_on),
    )


def machine_of(facts: EngineFacts) -> Machine:
    """What the engine's models run on; of another machine nothing is known."""
    here = facts.name == "embedded" or (facts.name == "ollama" and is_loopback(urlsplit(facts.address).hostname))
    return this_machine() if here else Machine()


def told(facts: EngineFacts, model: ModelInfo) -> ModelInfo:
    """A model with what its name tells, where nobody has said more."""
    if model.abilities != Abilities():
        return model
    return described(model, {"ollama": OLLAMA, "embedded": LLAMA_CPP}.get(facts.name, OPENAI))
