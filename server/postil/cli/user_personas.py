"""The effective personas of a command in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from postil.cli.running import say
from postil.core.persona.persona import Persona
from postil.core.review.finding import Severity
from postil.service.config.here import workspace_of
from postil.service.config.workspace import reads
from postil.service.engines import EngineHolder
from postil.service.personas.admin import PersonaTrouble, known_personas, problem_line
from postil.service.personas.load import PersonaSet
from postil.settings import Settings


def workspace_here(folder: Path) -> Path:
    """The workspace whose personas count in a folder."""
    return workspace_of(folder) or folder


def personas_here(settings: Settings, folder: Path) -> PersonaSet:
    return known_personas(settings, workspace_here(folder))


async def reviewers(settings: Settings, folder: Path) -> list[Persona]:
    """The personas that the settings enable in a folder; what is wrong with any persona's file is printed. Raises
    PersonaTrouble when one doesn't exist, EngineError when it may be a model of Ollama's and Ollama doesn't answer."""
    personas = personas_here(settings, folder)
    for trouble in troubles(personas):
        say(trouble)
    names = personas.names("review")
    found: list[Persona] = []
    for name in dict.fromkeys(settings.review.personas):
        persona = personas.personas[name] if name in names else await from_engine(settings, name)
        if persona is None:
            known = ", ".join(names) or "a persona that exists"
            raise PersonaTrouble(
                f"no review persona is called {name!r}: use {known}, or the name of a model of Ollama's"
            )
        found.append(persona)
    return found


async def from_engine(settings: Settings, name: str) -> Persona | None:
    """A model of Ollama's as a persona; None when there is none of that name. Raises EngineError."""
    holder = EngineHolder()
    try:
        return await holder.persona(settings, name)
    finally:
        await holder.drop()


def troubles(personas: PersonaSet) -> Iterator[str]:
    """The errors and warnings of files, one compiler-style line each."""
    for trouble in personas.problems:
        if trouble.problem.severity <= Severity.WARNING:
            yield problem_line(trouble)


def fits(persona: Persona, path: Path, language: str, workspace: Path) -> bool:
    """Whether a persona reviews this file."""
    return persona.speaks(language) and reads(persona, str(path), workspace)
