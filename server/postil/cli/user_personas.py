"""The personas that count for a command run in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from postil.cli.user_settings import workspace_of
from postil.core.persona.persona import Persona
from postil.core.review.finding import Severity
from postil.service.config.workspace import reads
from postil.service.personas.admin import PersonaTrouble, known_personas, problem_line
from postil.service.personas.load import PersonaSet
from postil.settings import Settings


def workspace_here(folder: Path) -> Path:
    """The workspace whose personas count in a folder."""
    return workspace_of(folder) or folder


def personas_here(settings: Settings, folder: Path) -> PersonaSet:
    return known_personas(settings, workspace_here(folder))


async def reviewers(settings: Settings, personas: PersonaSet) -> list[Persona]:
    """Those that the settings turn on. PersonaTrouble when one isn't there, EngineError when Ollama has to be asked for
    one and doesn't answer."""
    names = personas.names("review")
    found = []
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
    """The persona that a model of Ollama's is; None when there is none of that name. Raises EngineError."""
    from postil.service.engines import EngineHolder

    holder = EngineHolder()
    try:
        return await holder.persona(settings, name)
    finally:
        await holder.drop()


def troubles(personas: PersonaSet) -> Iterator[str]:
    """What is wrong with files, as a compiler says it; what is only good to know is left out."""
    for trouble in personas.problems:
        if trouble.problem.severity <= Severity.WARNING:
            yield problem_line(trouble)


def fits(persona: Persona, path: Path, language: str, workspace: Path) -> bool:
    """Whether a persona reads this file."""
    return persona.speaks(language) and reads(persona, str(path), workspace)
