"""Finds and reads personas' Modelfiles: the shipped ones, the user's and the workspace's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from platformdirs import user_config_path

from postil.core.modelfile.parser import decode
from postil.core.models.names import elsewhere
from postil.core.persona.persona import Persona, from_modelfile
from postil.core.review.finding import Problem

SUFFIX = ".Modelfile"
# Where a workspace keeps its personas. If both folders have a persona of the same name, the later folder's is used.
WORKSPACE_FOLDERS = ("Modelfiles", ".postil/personas")
# A persona is about a page of text. A much larger file isn't one.
MAX_BYTES = 1_000_000

Origin = Literal["shipped", "user", "workspace", "ollama"]


@dataclass(frozen=True, slots=True)
class PersonaPlace:
    """A folder of Modelfiles (`NAME.Modelfile`), which may not exist."""

    origin: Origin
    folder: Path


@dataclass(frozen=True, slots=True)
class PersonaProblem:
    """A problem in the Modelfile at `source` (a path as text)."""

    source: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PersonaFile:
    """A persona's file and its origin."""

    origin: Origin
    path: Path


@dataclass(frozen=True, slots=True)
class PersonaSet:
    """Personas by name, their files, and the problems of files. `read`: the last valid persona of each file, by the
    file's path as text."""

    personas: Mapping[str, Persona]
    problems: tuple[PersonaProblem, ...] = ()
    files: Mapping[str, PersonaFile] = field(default_factory=dict[str, PersonaFile])
    read: Mapping[str, Persona] = field(default_factory=dict[str, Persona])

    def names(self, role: str) -> tuple[str, ...]:
        return tuple(name for name, persona in self.personas.items() if persona.role == role)


def shipped_folder() -> Path:
    """The folder of shipped Modelfiles: in the package if installed, beside `server/` in a checkout."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "data" / "Modelfiles"
    return inside if inside.is_dir() else package.parents[1] / "Modelfiles"


def user_folder() -> Path:
    """The folder of the user's own personas."""
    return user_config_path("postil", appauthor=False, roaming=True) / "personas"


def persona_places(workspace: Path | None = None, *, trusted: bool = True) -> tuple[PersonaPlace, ...]:
    """All folders of personas. A later one overrides an earlier one. The workspace's are included only if it is
    trusted, because its personas are somebody else's instructions to the model."""
    places = [PersonaPlace("shipped", shipped_folder()), PersonaPlace("user", user_folder())]
    if workspace is not None and trusted:
        places += [PersonaPlace("workspace", workspace / folder) for folder in WORKSPACE_FOLDERS]
    return tuple(places)


def load_personas(places: Iterable[PersonaPlace] | None = None, last: PersonaSet | None = None) -> PersonaSet:
    """The personas of all places (default: the shipped ones). If two have the same name, the later one is used. A file
    that can't be read becomes a problem, never an exception; its persona in `last` is kept."""
    personas: dict[str, Persona] = {}
    files: dict[str, PersonaFile] = {}
    read: dict[str, Persona] = {}
    problems: list[PersonaProblem] = []
    seen: set[str] = set()
    for place in (PersonaPlace("shipped", shipped_folder()),) if places is None else places:
        for file in files_of(place.folder, problems):
            # Not `resolve`: it raises for a symbolic link that leads to itself.
            real = os.path.realpath(file)
            if real in seen:
                # The workspace is Postil's own checkout: its shipped personas must not count twice.
                continue
            seen.add(real)
            persona, found = read_persona(file)
            problems += [PersonaProblem(str(file), problem) for problem in found]
            if persona is not None and place.origin == "workspace" and (why := elsewhere(persona.model)) is not None:
                message = f"a workspace's persona can't choose this model ({why}): put the file into {user_folder()}"
                problems.append(PersonaProblem(str(file), Problem(0, 0, message)))
                continue
            if persona is None and last is not None:
                persona = last.read.get(str(file))
            if persona is not None:
                read[str(file)] = personas[persona.name] = persona
                files[persona.name] = PersonaFile(place.origin, file)
    return PersonaSet(MappingProxyType(personas), tuple(problems), MappingProxyType(files), MappingProxyType(read))


def name_of(file: Path) -> str | None:
    """The persona's name, taken from the file name; None if the file isn't a persona."""
    return file.name[: -len(SUFFIX)] if file.name.lower().endswith(SUFFIX.lower()) and len(file.stem) > 0 else None


def files_of(folder: Path, problems: list[PersonaProblem]) -> list[Path]:
    """The Modelfiles of a folder, which may not exist. A folder that can't be read is added to `problems`."""
    try:
        if not folder.is_dir():
            return []
        return sorted(entry for entry in folder.iterdir() if name_of(entry) is not None)
    except OSError as error:
        message = f"can't read the personas' folder: {error.strerror or error}"
        problems.append(PersonaProblem(str(folder), Problem(0, 0, message)))
        return []


def read_persona(file: Path) -> tuple[Persona | None, tuple[Problem, ...]]:
    """A file's persona and its problems; no persona if one of them is an error."""
    text, unread = read_text(file)
    if text is None:
        return None, unread
    persona, problems = from_modelfile(name_of(file) or file.stem, text)
    return (None if unread else persona), unread + problems


def read_text(file: Path) -> tuple[str | None, tuple[Problem, ...]]:
    """A Modelfile's text and its problems: no text if it can't be read, and a problem for bytes that aren't UTF-8."""
    try:
        # Reading a pipe might never end.
        if not file.is_file():
            return None, (Problem(0, 0, "it is no file"),)
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return None, (Problem(0, 0, f"can't read it: {error.strerror or error}"),)
    if len(data) > MAX_BYTES:
        return None, (Problem(0, 0, "it is over 1 MB: not a persona"),)
    return decode(data)
