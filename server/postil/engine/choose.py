"""Chooses the engine and the model for the settings, and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from postil.core.models.catalogue import ModelRole, catalogue
from postil.core.models.told import LLAMA_CPP
from postil.engine.base import (
    Engine,
    EngineError,
    EngineFacts,
    EngineUnavailable,
    ModelInfo,
    ModelMissing,
    PassedOver,
    TimeOuts,
    held,
)
from postil.engine.described import catalogued, described
from postil.engine.download.store import find_gguf, resolver
from postil.engine.embedded.engine import EmbeddedEngine, EmbeddedOptions
from postil.engine.keys import api_key
from postil.engine.network.access import ollama_access, openai_access
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.passed_over import missing, passed_over, reason
from postil.engine.pool.engine import PoolEngine
from postil.settings import Settings

# A local Ollama lists its models in milliseconds; an address without a server must not delay the first review.
PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine that has answered, what it can do, and why it was chosen, as the end of a sentence."""

    engine: Engine
    facts: EngineFacts
    reason: str


def time_outs(settings: Settings) -> TimeOuts:
    limits = settings.timeouts
    return TimeOuts(limits.connect, limits.first_token, limits.between_tokens)


async def choose_engine(settings: Settings) -> EngineChoice:
    """The engine that the settings name; for `auto` Ollama when it answers and holds a model for reviews, else the
    embedded engine. Raises EngineUnavailable, with the next step, when the engine doesn't answer."""
    if settings.engine == "embedded":
        return await _opened(_embedded(settings), "the settings name it")
    if settings.engine == "openai":
        # In a thread: a keyring may ask the user for its password.
        key = await asyncio.to_thread(api_key, settings.openai)
        return await _opened(_openai(settings, key), "the settings name it")
    if settings.engine == "ollama":
        return await _opened(_ollama(settings), "the settings name it")
    engine = _ollama(settings, probe=True)
    try:
        facts = await engine.facts()
    except EngineError as error:
        await engine.aclose()
        return await _in_its_place(settings, passed_over(settings, error))
    await engine.aclose()
    if not _usable(settings, facts):
        return await _opened(_embedded(settings), f"Ollama at {facts.address} holds no model for reviews")
    return EngineChoice(_ollama(settings), facts, f"Ollama answers at {facts.address}")


async def _in_its_place(settings: Settings, over: PassedOver) -> EngineChoice:
    """The embedded engine in place of an Ollama that can't be used."""
    try:
        choice = await _opened(_embedded(settings), reason(over))
    except EngineUnavailable as error:
        raise EngineUnavailable(f"{over.why} {error}") from error
    return replace(choice, facts=replace(choice.facts, passed_over=over))


async def _opened(engine: Engine, reason: str) -> EngineChoice:
    try:
        return EngineChoice(engine, await engine.facts(), reason)
    except BaseException:
        await engine.aclose()
        raise


def _ollama(settings: Settings, *, probe: bool = False) -> Engine:
    limits = time_outs(settings)
    if probe:
        limits = replace(limits, connect=min(limits.connect, PROBE_SECONDS))
    options = settings.ollama
    hosts = (options.host, *settings.pool.hosts)
    return _pooled(
        settings,
        [
            OllamaEngine(
                host, limits, options.keep_alive, allow_http=options.allow_http, access=ollama_access(settings)
            )
            for host in hosts
        ],
    )


def _pooled(settings: Settings, hosts: Sequence[Engine]) -> Engine:
    if len(hosts) == 1:
        return hosts[0]
    return PoolEngine(hosts, settings.pool.parallel)


def _openai(settings: Settings, key: str | None) -> Engine:
    if not settings.openai.base_url:
        raise EngineUnavailable("engine is openai, but openai.base_url is not set in your user settings.")
    limits, allow_http = time_outs(settings), settings.openai.allow_http
    urls = (settings.openai.base_url, *settings.pool.hosts)
    return _pooled(
        settings,
        [OpenAICompatEngine(url, key, limits, allow_http=allow_http, access=openai_access(settings)) for url in urls],
    )


def _embedded(settings: Settings) -> Engine:
    embedded = settings.embedded
    options = EmbeddedOptions(embedded.threads, embedded.parallel, embedded.speculation, embedded.gpu_layers)
    return EmbeddedEngine(resolver(settings), lambda: _files(settings), options, time_outs(settings))


def _files(settings: Settings) -> tuple[ModelInfo, ...]:
    """The catalogue's models whose files are on this machine."""
    here = (model for model in catalogue().models if find_gguf(model.name) is not None)
    return tuple(described(catalogued(model), LLAMA_CPP, "the catalogue") for model in here)


def _usable(settings: Settings, facts: EngineFacts) -> bool:
    wanted = [settings.model.review] if settings.model.review else []
    wanted += _best_first("review")
    return any(held(facts, name) for name in wanted)


def _best_first(role: ModelRole) -> list[str]:
    return [model.name for model in catalogue().for_role(role)]


def choose_model(
    settings: Settings, facts: EngineFacts, wanted: str | None, role: ModelRole, preferred: Sequence[str] = ()
) -> str:
    """The model for a role: the one that the settings name, else the persona's (`wanted`), else the best model of the
    catalogue that the engine holds. Raises ModelMissing with the models that are there and how to get one.

    A model that the settings name is never replaced by another.
    """
    named = settings.model.review if role == "review" else settings.model.completion
    if facts.name == "embedded" and settings.embedded.model_path:
        return named or wanted or "model"
    for name in (named,) if named else (wanted, *preferred, *_best_first(role)):
        if name and (found := held(facts, name)):
            return found
    if facts.name not in ("ollama", "embedded") and not named:
        chats = next((model.name for model in facts.models if model.abilities.chat.value), None)
        if chats is not None:
            return chats
    name = named or wanted or _best_first(role)[0]
    there = ", ".join(model.name for model in facts.models) or "none"
    where, step = f"{facts.name} at {facts.address}", f"Get it with: postil models pull {name}"
    if facts.name == "embedded":
        where, step = "The embedded engine", f"{step} --engine embedded"
    elif facts.name != "ollama":
        step = "Name one that it serves in the settings (model.review, model.completion)."
    error = ModelMissing(f"{where} doesn't hold {name} (it holds: {there}). {step}", name)
    raise missing(facts.passed_over, error)


def fills_in(facts: EngineFacts, name: str) -> bool:
    """Whether a model fills in the middle, as far as is known before it is described."""
    return facts.model(name).fills_in
