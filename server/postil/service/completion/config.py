"""What completions in a document depend on, from the settings and personas of its folder."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.persona.persona import Persona
from postil.engine.base import EngineRefused
from postil.service.config.workspace import FolderConfig, WorkspaceConfig
from postil.settings import Settings


@dataclass(frozen=True, slots=True)
class CompletionConfig:
    """`reviewer`: a review persona; if it uses the same model, its load options are used."""

    settings: Settings
    persona: Persona
    reviewer: Persona | None = None


def completion_config(config: FolderConfig) -> CompletionConfig:
    """Raises EngineRefused when the completer persona isn't there."""
    settings, personas = config.settings, config.personas.personas
    name = settings.completion.persona
    persona = personas.get(name)
    if persona is None or persona.role != "complete":
        raise EngineRefused(f"There is no completer persona called {name!r} (completion.persona).")
    reviewers = (personas.get(name) for name in config.enabled())
    return CompletionConfig(settings, persona, next(filter(None, reviewers), None))


def deciding(config: WorkspaceConfig) -> list[tuple[object, ...]]:
    """What completions depend on: if it changes, cached answers are invalid."""
    return [(one.workspace, one.settings, one.personas.personas, one.models) for one in config]
