"""Chooses the engines for the settings, and says why. Which model of theirs serves a role: `engine/picking`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from postil.core.models.catalogue import catalogue
from postil.core.models.told import LLAMA_CPP
from postil.engine.base import Engine, EngineError, EngineFacts, EngineUnavailable, ModelInfo, PassedOver, TimeOuts
from postil.engine.described import catalogued, described
from postil.engine.download.store import find_gguf, hub_models, resolver
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.keys import api_key
from postil.engine.network.access import ollama_access, openai_access
from postil.engine.ollama.client import ollama_address
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.passed_over import passed_over, reason
from postil.engine.picking.candidates import fills_in, holds
from postil.engine.picking.pick import EngineChoice, ModelChoice, able_to_fill_in, choose_model, pick, reviews
from postil.engine.pool.engine import PoolEngine
from postil.settings import Settings

__all__ = [
    "EngineChoice",
    "ModelChoice",
    "able_to_fill_in",
    "choose_engine",
    "choose_model",
    "fills_in",
    "pick",
    "time_outs",
]

# An address without a server must not delay the first review. On this machine such an address refuses at once, and an
# Ollama that is slow to list its models shares a busy processor.
PROBE_SECONDS = 2.0


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
    return await _with_embedded(settings, facts)


async def _with_embedded(settings: Settings, facts: EngineFacts) -> EngineChoice:
    """An Ollama that answers, and the embedded engine: first the one that reviews, beside it the other, which may hold
    what the first doesn't."""
    ollama = EngineChoice(_ollama(settings), facts, f"Ollama answers at {facts.address}")
    try:
        try:
            embedded = await _opened(_embedded(settings), f"beside Ollama at {facts.address}")
        except EngineUnavailable:
            # It isn't installed.
            return ollama
        usable, refused = await _usable(settings, ollama)
    except BaseException:
        await ollama.aclose()
        raise
    if usable:
        return replace(ollama, beside=embedded)
    why = f"Ollama at {facts.address} holds no model for reviews" + (f": {refused}" if refused else "")
    return replace(embedded, reason=why, beside=ollama)


async def _usable(settings: Settings, ollama: EngineChoice) -> tuple[bool, str]:
    """Whether an Ollama holds the model that the settings name, or else one that may review; else why not."""
    if settings.model.review is None:
        return await reviews(ollama)
    return holds(ollama.facts, settings.model.review), f"no {settings.model.review} is there"


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
    limits, options = time_outs(settings), settings.ollama
    if probe and not all(_here(host, options.allow_http) for host in (options.host, *settings.pool.hosts)):
        limits = replace(limits, connect=min(limits.connect, PROBE_SECONDS))
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


def _here(host: str | None, allow_http: bool) -> bool:
    try:
        return ollama_address(host, allow_http).loopback
    except EngineUnavailable:
        return False


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
    """The models whose files are on this machine: of the catalogue and of the hub, or the user's own."""
    if settings.embedded.model_path:
        own = Path(settings.embedded.model_path).expanduser()
        size = own.stat().st_size if own.is_file() else None
        return (described(ModelInfo("model", size), LLAMA_CPP, "embedded.model_path", names=(own.name,)),)
    here = (model for model in catalogue().models if find_gguf(model.name) is not None)
    listed = [described(catalogued(model), LLAMA_CPP, "the catalogue") for model in here]
    for name, path in hub_models().items():
        listed.append(described(ModelInfo(name, path.stat().st_size), LLAMA_CPP, "its name", names=(path.name,)))
    return tuple(listed)
