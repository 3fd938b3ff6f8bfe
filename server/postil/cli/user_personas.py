"""The personas that count for a command run in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from postil.cli.user_settings import workspace_of
from postil.core.finding import Severity
from postil.core.persona import Persona
from postil.service.persona_admin import PersonaTrouble, known_personas, problem_line
from postil.service.personas import PersonaSet
from postil.service.scope import reads
from postil.settings import Settings


def workspace_here(folder: Path) -> Path:
    """The workspace whose personas count in a folder."""
    return workspace_of(folder) or folder


def personas_here(settings: Settings, folder: Path) -> PersonaSet:
    return known_personas(settings, workspace_here(folder))


def reviewers(settings: Settings, personas: PersonaSet) -> list[Persona]:
    """Those that the settings turn on. PersonaTrouble when one isn't there."""
    names = personas.names("review")
    for name in settings.review.personas:
        if name not in names:
            known = ", ".join(names) or "a persona that exists"
            raise PersonaTrouble(f"no review persona is called {name!r}: use {known}")
    return [personas.personas[name] for name in dict.fromkeys(settings.review.personas)]


def troubles(personas: PersonaSet) -> Iterator[str]:
    """What is wrong with files, as a compiler says it; what is only good to know is left out."""
    for trouble in personas.problems:
        if trouble.problem.severity <= Severity.WARNING:
            yield problem_line(trouble)


def fits(persona: Persona, path: Path, language: str, workspace: Path) -> bool:
    """Whether a persona reads this file."""
    return persona.speaks(language) and reads(persona, str(path), workspace)
