"""The personas that Postil brings along, read from their Modelfiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from postil.core.finding import Problem
from postil.core.modelfile import decode
from postil.core.persona import Persona, from_modelfile

SUFFIX = ".Modelfile"


@dataclass(frozen=True, slots=True)
class PersonaProblem:
    """A problem in the Modelfile at `source` (a path as text)."""

    source: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PersonaSet:
    """Personas by name, and what is wrong with the files that are left out."""

    personas: Mapping[str, Persona]
    problems: tuple[PersonaProblem, ...] = field(default=())

    def names(self, role: str) -> tuple[str, ...]:
        return tuple(name for name, persona in self.personas.items() if persona.role == role)


def shipped_folder() -> Traversable:
    """Where the shipped Modelfiles are: inside the package when installed, beside `server/` in a checkout."""
    inside = files("postil") / "data" / "Modelfiles"
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parents[3] / "Modelfiles"


def load_personas(folders: Iterable[Traversable] | None = None) -> PersonaSet:
    """All personas of the folders (`NAME.Modelfile`), a later folder's taking the place of an earlier's of
    the same name. Default: the shipped ones. A file that can't be read is a problem, never an exception."""
    personas: dict[str, Persona] = {}
    problems: list[PersonaProblem] = []
    for folder in [shipped_folder()] if folders is None else folders:
        for file in _modelfiles(folder, problems):
            persona, found = _read(file)
            problems += [PersonaProblem(str(file), problem) for problem in found]
            if persona is not None:
                personas[persona.name] = persona
    return PersonaSet(MappingProxyType(personas), tuple(problems))


def _modelfiles(folder: Traversable, problems: list[PersonaProblem]) -> list[Traversable]:
    try:
        entries = [entry for entry in folder.iterdir() if entry.name.endswith(SUFFIX)]
    except OSError as error:
        message = f"can't read the personas' folder: {error.strerror or error}"
        problems.append(PersonaProblem(str(folder), Problem(0, 0, message)))
        return []
    return sorted(entries, key=lambda entry: entry.name)


def _read(file: Traversable) -> tuple[Persona | None, tuple[Problem, ...]]:
    try:
        text, wrong = decode(file.read_bytes())
    except OSError as error:
        return None, (Problem(0, 0, f"can't read it: {error.strerror or error}"),)
    persona, problems = from_modelfile(file.name.removesuffix(SUFFIX), text)
    return (None if wrong else persona), wrong + problems
