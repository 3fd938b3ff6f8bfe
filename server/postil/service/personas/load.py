"""The personas: where their Modelfiles are, and all of them read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from postil.core.modelfile.parser import decode
from postil.core.models.names import elsewhere
from postil.core.persona.persona import Persona, from_modelfile
from postil.core.review.finding import Problem

SUFFIX = ".Modelfile"
# Where a workspace keeps its own; the later one wins.
WORKSPACE_FOLDERS = ("Modelfiles", ".postil/personas")
# A persona is a page of text; anything much larger is not one.
MAX_BYTES = 1_000_000

Origin = Literal["shipped", "user", "workspace", "ollama"]


@dataclass(frozen=True, slots=True)
class PersonaPlace:
    """A folder of Modelfiles (`NAME.Modelfile`), which need not exist."""

    origin: Origin
    folder: Path


@dataclass(frozen=True, slots=True)
class PersonaProblem:
    """A problem in the Modelfile at `source` (a path as text)."""

    source: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PersonaFile:
    """Where a persona stands."""

    origin: Origin
    path: Path


@dataclass(frozen=True, slots=True)
class PersonaSet:
    """Personas by name, the file of each, and what is wrong with files. `read`: the last persona that each file gave,
    by its path as text."""

    personas: Mapping[str, Persona]
    problems: tuple[PersonaProblem, ...] = ()
    files: Mapping[str, PersonaFile] = field(default_factory=dict)
    read: Mapping[str, Persona] = field(default_factory=dict)

    def names(self, role: str) -> tuple[str, ...]:
        return tuple(name for name, persona in self.personas.items() if persona.role == role)


def shipped_folder() -> Path:
    """Where the shipped Modelfiles are: inside the package when installed, beside `server/` in a checkout."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "data" / "Modelfiles"
    return inside if inside.is_dir() else package.parents[1] / "Modelfiles"


def user_folder() -> Path:
    """The user's own personas."""
    from platformdirs import user_config_path

    return user_config_path("postil", appauthor=False, roaming=True) / "personas"


def persona_places(workspace: Path | None = None, *, trusted: bool = True) -> tuple[PersonaPlace, ...]:
    """All places in the order in which a later one wins. Those of a workspace only when it is trusted: a persona is
    words that somebody else has put into the model's mouth."""
    places = [PersonaPlace("shipped", shipped_folder()), PersonaPlace("user", user_folder())]
    if workspace is not None and trusted:
        places += [PersonaPlace("workspace", workspace / folder) for folder in WORKSPACE_FOLDERS]
    return tuple(places)


def load_personas(places: Iterable[PersonaPlace] | None = None, last: PersonaSet | None = None) -> PersonaSet:
    """All personas of the places, a later one's taking the place of an earlier's of the same name. Default: the
    shipped ones. A file that can't be read is a problem, never an exception, and what `last` had of it goes on."""
    personas: dict[str, Persona] = {}
    files: dict[str, PersonaFile] = {}
    read: dict[str, Persona] = {}
    problems: list[PersonaProblem] = []
    seen: set[str] = set()
    for place in (PersonaPlace("shipped", shipped_folder()),) if places is None else places:
        for file in files_of(place.folder, problems):
            # Not `resolve`, which raises at a link that leads to itself.
            real = os.path.realpath(file)
            if real in seen:
                # The workspace is Postil's own checkout: the file is read once, as what it was first.
                continue
            seen.add(real)
            persona, found = read_persona(file)
            problems += [PersonaProblem(str(file), problem) for problem in found]
            if persona is not None and place.origin == "workspace" and (why := elsewhere(persona.model)) is not None:
                told = f"a workspace's persona can't choose this model ({why}): put the file into {user_folder()}"
                problems.append(PersonaProblem(str(file), Problem(0, 0, told)))
                continue
            if persona is None and last is not None:
                persona = last.read.get(str(file))
            if persona is not None:
                read[str(file)] = personas[persona.name] = persona
                files[persona.name] = PersonaFile(place.origin, file)
    return PersonaSet(MappingProxyType(personas), tuple(problems), MappingProxyType(files), MappingProxyType(read))


def name_of(file: Path) -> str | None:
    """The persona's name that a file's name gives; None for what is no persona's file."""
    return file.name[: -len(SUFFIX)] if file.name.lower().endswith(SUFFIX.lower()) and len(file.stem) > 0 else None


def files_of(folder: Path, problems: list[PersonaProblem]) -> list[Path]:
    """The Modelfiles of a folder, which need not be there; that it can't be read becomes a problem."""
    try:
        if not folder.is_dir():
            return []
        return sorted(entry for entry in folder.iterdir() if name_of(entry) is not None)
    except OSError as error:
        message = f"can't read the personas' folder: {error.strerror or error}"
        problems.append(PersonaProblem(str(folder), Problem(0, 0, message)))
        return []


def read_persona(file: Path) -> tuple[Persona | None, tuple[Problem, ...]]:
    """The persona of a file and all problems; None when one is an error."""
    text, wrong = read_text(file)
    if text is None:
        return None, wrong
    persona, problems = from_modelfile(name_of(file) or file.stem, text)
    return (None if wrong else persona), wrong + problems


def read_text(file: Path) -> tuple[str | None, tuple[Problem, ...]]:
    """A Modelfile's text; None with a problem when it can't be read, text and a problem for bytes that are no text."""
    try:
        # A pipe of that name would never end.
        if not file.is_file():
            return None, (Problem(0, 0, "it is no file"),)
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return None, (Problem(0, 0, f"can't read it: {error.strerror or error}"),)
    if len(data) > MAX_BYTES:
        return None, (Problem(0, 0, "it is over 1 MB: not a persona"),)
    return decode(data)
