"""Picks the model for a role among what the chosen engines hold: what the settings name, else the persona's, else the
best of those that are there. Nothing that runs on another machine is taken unasked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from postil.core.models.catalogue import ModelRole, catalogue
from postil.core.models.choice import Candidate, Passed, Ranking
from postil.core.models.hub_name import hub_name
from postil.core.models.names import is_model_name
from postil.core.models.recognise import closest, same_family
from postil.engine.base import Engine, EngineError, EngineFacts, EngineRefused, ModelInfo, ModelMissing
from postil.engine.passed_over import missing as in_place_of_ollama
from postil.engine.picking.candidates import hidden_remote, only_kin, own_name, ranking_of, told
from postil.settings import Settings

# Of models whose family isn't known, so many are asked for their abilities, where no other can be taken.
_MOST_ASKED = 3


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine that has answered, what it can do, and why it was chosen, as the end of a sentence. `beside`: another
    one that `auto` may take models from."""

    engine: Engine
    facts: EngineFacts
    reason: str
    beside: EngineChoice | None = None

    @property
    def all(self) -> tuple[EngineChoice, ...]:
        """The engines, the one first whose models are preferred: an Ollama that answers is what the user runs."""
        both = (self,) if self.beside is None else (self, self.beside)
        return tuple(sorted(both, key=lambda one: one.facts.name != "ollama"))

    async def listed_again(self) -> EngineChoice:
        """The same engines with the models that they hold now."""
        models = (await self.engine.facts()).models
        beside = await self.beside.listed_again() if self.beside is not None else None
        return replace(self, facts=replace(self.facts, models=models), beside=beside)

    async def aclose(self) -> None:
        for one in self.all:
            await one.engine.aclose()


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, its engine, and why it was taken, as the end of a sentence. `notice`: the sentence for a user who has
    named another model; "" without one."""

    choice: EngineChoice
    model: str
    reason: str
    notice: str = ""

    @property
    def told(self) -> str:
        """What was chosen and why, in one sentence."""
        return f"{self.model} on {self.choice.facts.name} ({self.choice.reason}): {self.reason}."


def choose_model(
    settings: Settings, facts: EngineFacts, wanted: str | None, role: ModelRole, preferred: Sequence[str] = ()
) -> str:
    """The model of one engine for a role, by what its list tells. Raises ModelMissing with the models that are there
    and how to get one. A model that the settings name is never replaced by another."""
    named = _named(settings, role)
    if _any_file(settings, facts):
        return named or wanted or "model"
    for name in (named,) if named else (wanted, *preferred):
        if name and (found := own_name(facts, name)) and (named or not hidden_remote(facts, found, name)):
            return found
    kin = only_kin(facts, named or wanted)
    if kin is not None:
        return kin
    if not named:
        best = ranking_of((facts,), role).able
        if best:
            return best[0].name
        if facts.name not in ("ollama", "embedded"):
            chats = next((model.name for model in facts.models if told(facts, model).abilities.chat.value), None)
            if chats is not None:
                return chats
    raise missing(facts, role, named or wanted or _default(role), by_settings=bool(named))


async def pick(
    settings: Settings, choice: EngineChoice, wanted: str | None, role: ModelRole, persona: str = ""
) -> ModelChoice:
    """The model for a persona (`wanted`: its FROM) among those of all engines. Raises ModelMissing and EngineRefused
    with the next step."""
    named, setting = _named(settings, role), _setting(role)
    if choice.beside is None and _any_file(settings, choice.facts):
        return ModelChoice(choice, named or wanted or "model", "embedded.model_path names its file")
    if named:
        return await _by_settings(choice, named, role, setting)
    own = f"the FROM of {persona}" if persona else "the persona's FROM"
    notice = ""
    if wanted:
        # What the shipped personas name is a default. An Ollama that answers goes before the one lying embedded.
        wish = not _is_default(wanted, role)
        places = choice.all if wish or role == "complete" else choice.all[:1]
        found = _found(places, wanted)
        if found is not None and not hidden_remote(found.choice.facts, found.model, wanted):
            return found if found.reason else replace(found, reason=f"it is {own}")
        if found is not None:
            notice = f"{found.model} ({own}) runs on another machine: set {setting} to it in your settings to use it."
        elif wish:
            notice = _not_here(choice, wanted, own)
    ranking, taken = await _best(choice, role)
    taken = taken or _unranked(settings, choice, wanted, role, ranking)
    return replace(taken, notice=f"{notice} {taken.model} takes its place." if notice else "")


def _unranked(
    settings: Settings, choice: EngineChoice, wanted: str | None, role: ModelRole, ranking: Ranking
) -> ModelChoice:
    """Where none could be ranked: what a server without families serves, or ModelMissing."""
    first = choice.all[0]
    if choice.beside is None and first.facts.name not in ("ollama", "embedded"):
        return ModelChoice(choice, choose_model(settings, first.facts, wanted, role), "the first that it serves")
    # The default can be fetched by both engines; what a persona names, by Ollama.
    default = _default(role)
    name = wanted if wanted and (first.facts.name == "ollama" or catalogue().get(wanted)) else default
    if choice.beside is None and not ranking.passed:
        raise missing(choice.facts, role, name)
    raise _nothing_usable(first, role, name, ranking)


def able_to_fill_in(choice: EngineChoice) -> tuple[str, ...]:
    """The models that fill in the middle and may be taken for it unasked, the best first."""
    return tuple(one.name for one in ranking_of([one.facts for one in choice.all], "complete").able)


async def reviews(choice: EngineChoice) -> tuple[bool, str]:
    """Whether an engine holds a model that may review unasked; else why not, as the end of a sentence."""
    ranking, taken = await _best(choice, "review")
    return taken is not None, ranking.refused()


def missing(facts: EngineFacts, role: ModelRole, name: str, *, by_settings: bool = False) -> EngineError:
    """The error for a model that an engine doesn't hold: what is there, what may be meant, how to get it."""
    names = [model.name for model in facts.models]
    near = closest(name, [one for one in names if not told(facts, facts.model(one)).abilities.embedding.value])
    meant = f' The closest is {near}: set {_setting(role)} = "{near}".' if near is not None else ""
    if by_settings and near is not None and role == "review":
        meant = meant.removesuffix(".") + f", or call `postil review -m {near}`."
    if _lists_nothing(facts):
        step = f'name the one that it serves ({_setting(role)} = "NAME"), or set openai.base_url right.'
        return EngineRefused(f"{facts.name} at {facts.address} lists no models: {step}")
    where, step = f"{facts.name} at {facts.address}", f"Get it with: postil models pull {name}"
    if facts.name == "embedded":
        where, step = "The embedded engine", f"{step} --engine embedded"
    if facts.name not in ("ollama", "embedded"):
        step = "Name one that it serves in the settings (model.review, model.completion)."
    elif not is_model_name(name) or (near and not same_family(name, [near]) and not catalogue().get(name)):
        # What is written wrong can't be pulled.
        step = "" if near else "See what is there with: postil models list"
    message = f"{where} doesn't hold {name} (it holds: {', '.join(names) or 'none'}).{meant} {step}".rstrip()
    return in_place_of_ollama(facts.passed_over, ModelMissing(message, name, facts.name))


async def _by_settings(choice: EngineChoice, named: str, role: ModelRole, setting: str) -> ModelChoice:
    found = _found(choice.all, named)
    if found is None and _lists_nothing(choice.facts):
        return ModelChoice(choice, named, f"{setting} names it, and the server lists none")
    if found is None:
        # Ollama can fetch what nobody holds.
        raise missing(choice.all[0].facts, role, named, by_settings=True)
    engine, facts = found.choice.engine, found.choice.facts
    able = (await engine.describe(told(facts, facts.model(found.model)))).abilities
    if role == "review" and able.embedding.value and not able.chat.value:
        others = [one.name for one in ranking_of([one.facts for one in choice.all], role).able]
        step = f"set {setting} to {others[0]}" if others else f"get one with: postil models pull {_default(role)}"
        raise EngineRefused(f"{found.model} makes embeddings and can't answer ({setting}): {step}.")
    elsewhere = "; it runs on another machine" if able.remote.value else ""
    return replace(found, reason=(found.reason or f"{setting} names it") + elsewhere)


def _found(places: Iterable[EngineChoice], name: str) -> ModelChoice | None:
    """The model that a name means, of the first engine that holds it; else the only one of the family, for a name
    without a tag."""
    there = list(places)
    for one in there:
        model = own_name(one.facts, name)
        if model is not None:
            return ModelChoice(one, model, "")
    for one in there:
        model = only_kin(one.facts, name)
        if model is not None:
            said = f"{name} means {name}:latest, which isn't here; {model} is the only {name} that is"
            return ModelChoice(one, model, said, f'{said}. Name it to choose it: "{model}" (model.review, -m).')
    return None


def _not_here(choice: EngineChoice, wanted: str, own: str) -> str:
    where = " and ".join(one.facts.name for one in choice.all)
    names = {one.facts.name for one in choice.all}
    fetched = "embedded" in names and (catalogue().get(wanted) is not None or hub_name(wanted) is not None)
    option = "" if "ollama" in names else " --engine embedded"
    get = f" (get it with: postil models pull {wanted}{option})" if "ollama" in names or fetched else ""
    return f"{wanted}, {own}, isn't held by {where}{get}."


async def _best(choice: EngineChoice, role: ModelRole) -> tuple[Ranking, ModelChoice | None]:
    """The best that is there. The first of the ranking is asked for its abilities, which may change the ranking."""
    known: dict[tuple[str, str], ModelInfo] = {}
    places = {one.facts.name: one for one in choice.all}

    async def describe(one: Candidate) -> None:
        place = places[one.engine]
        known[one.engine, one.name] = await place.engine.describe(told(place.facts, place.facts.model(one.name)))

    lists = [one.facts for one in choice.all]
    ranking = ranking_of(lists, role, known)
    while ranking.able and (ranking.able[0].engine, ranking.able[0].name) not in known:
        await describe(ranking.able[0])
        ranking = ranking_of(lists, role, known)
    if not ranking.able:
        for passed in [one for one in ranking.passed if _may_be_able(one)][:_MOST_ASKED]:
            await describe(passed.candidate)
        ranking = ranking_of(lists, role, known)
    if not ranking.able:
        return ranking, None
    best = ranking.able[0]
    return ranking, ModelChoice(places[best.engine], best.name, ranking.why)


def _may_be_able(one: Passed) -> bool:
    """Whether a model was passed over for want of knowledge."""
    return not one.candidate.kin and not one.candidate.remote and not one.candidate.embedding


def _nothing_usable(first: EngineChoice, role: ModelRole, name: str, ranking: Ranking) -> EngineError:
    """The error where models are there, and none of them may be taken."""
    facts = first.facts
    where = f"Ollama at {facts.address}" if facts.name == "ollama" else "The embedded engine"
    does = "can review" if role == "review" else "fills in the middle"
    told = f" ({ranking.refused()})" if ranking.passed else ""
    option = " --engine embedded" if facts.name == "embedded" else ""
    error = ModelMissing(
        f"{where} holds no model that {does}{told}: it doesn't hold {name}. Get it with: postil models pull"
        f" {name}{option}",
        name,
        facts.name,
    )
    return in_place_of_ollama(facts.passed_over, error)


def _lists_nothing(facts: EngineFacts) -> bool:
    """Whether a server may hold models that it doesn't list."""
    return not facts.models and facts.name not in ("ollama", "embedded")


def _any_file(settings: Settings, facts: EngineFacts) -> bool:
    return facts.name == "embedded" and bool(settings.embedded.model_path)


def _named(settings: Settings, role: ModelRole) -> str | None:
    return settings.model.completion if role == "complete" else settings.model.review


def _setting(role: ModelRole) -> str:
    return "model.completion" if role == "complete" else "model.review"


def _default(role: ModelRole) -> str:
    return catalogue().for_role(role)[0].name


def _is_default(name: str, role: ModelRole) -> bool:
    listed = catalogue().get(name)
    return listed is not None and role in listed.default_for
