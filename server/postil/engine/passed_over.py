"""Why `auto` takes another engine than Ollama, what the user hears of it, and when no download is proposed instead."""

from __future__ import annotations

import os

from postil.engine.base import EngineError, EngineFacts, EngineUnavailable, ModelMissing, PassedOver
from postil.engine.ollama.client import ollama_address
from postil.settings import Settings


def passed_over(settings: Settings, error: EngineError) -> PassedOver:
    """For an Ollama that failed with this error.

    One on this machine that isn't running gives way to the embedded engine even where it is named: OLLAMA_HOST is a
    variable of Ollama's own server, too."""
    named = bool(settings.ollama.host or settings.pool.hosts or os.environ.get("OLLAMA_HOST"))
    from_variable = not settings.ollama.host and not settings.pool.hosts and named
    why = str(error)
    if from_variable and "OLLAMA_HOST" not in why:
        why += " OLLAMA_HOST names that address."
    nobody = isinstance(error, EngineUnavailable) and error.nobody_there
    only_stopped = nobody and not settings.pool.hosts and _here(settings)
    return PassedOver(why, surprising=named or not only_stopped, named=named and not only_stopped)


def _here(settings: Settings) -> bool:
    """Whether the address is one of this machine's."""
    try:
        return ollama_address(settings.ollama.host, settings.ollama.allow_http).loopback
    except EngineError:
        return False


def reason(over: PassedOver) -> str:
    """As the end of a sentence: why another engine was chosen."""
    return f"Ollama isn't used: {over.why}" if over.surprising else "no Ollama answers"


def notice(facts: EngineFacts) -> str:
    """The sentence for the user whose Ollama was passed over; "" when there is nothing to say."""
    over = facts.passed_over
    return f"{over.why} The {facts.name} engine takes its place." if over is not None and over.surprising else ""


def missing(over: PassedOver | None, error: ModelMissing) -> EngineError:
    """The error for a model that the engine in Ollama's place doesn't hold."""
    if over is None:
        return error
    if over.named:
        return EngineUnavailable(
            f"{over.why} The embedded engine, which would take its place, doesn't hold {error.model}."
        )
    if over.surprising:
        return ModelMissing(f"{over.why} {error}", error.model, error.engine)
    return ModelMissing(f"{error} Or start Ollama, if it holds one: {over.why}", error.model, error.engine)
