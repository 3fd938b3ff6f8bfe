"""Creates and checks personas, and exchanges them with Ollama, for `postil personas` and the editor's commands."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from postil.core.modelfile.create import create_model, persona_name, pushed_name
from postil.core.modelfile.shown import Shown, persona_text
from postil.core.persona.persona import Persona, default_title
from postil.core.persona.template import checked_name, new_persona
from postil.core.review.finding import Severity
from postil.engine.base import EngineRefused, ModelMissing, Progress
from postil.engine.ollama.admin import OllamaAdmin, ShownModel, admin_of
from postil.service.personas.load import (
    SUFFIX,
    WORKSPACE_FOLDERS,
    PersonaFile,
    PersonaPlace,
    PersonaProblem,
    PersonaSet,
    files_of,
    load_personas,
    name_of,
    persona_places,
    read_persona,
    read_text,
    user_folder,
)
from postil.service.workspace.atomic import write_whole
from postil.settings import Settings


class PersonaTrouble(Exception):
    """A request that can't be carried out. The message says what the user has to change."""


@dataclass(frozen=True, slots=True)
class Written:
    """A persona's new file, and hints for the user."""

    path: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonaRow:
    """A persona in a list. `origin`: shipped, user or workspace."""

    name: str
    title: str
    role: str
    model: str
    origin: str
    path: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """The number of checked files, and their problems."""

    files: int
    problems: tuple[PersonaProblem, ...]

    @property
    def errors(self) -> int:
        return sum(trouble.problem.severity is Severity.ERROR for trouble in self.problems)


def places_of(settings: Settings, workspace: Path | None) -> tuple[PersonaPlace, ...]:
    """The folders of personas. The workspace's are included only if the workspace is trusted."""
    return persona_places(workspace, trusted=settings.trust_workspace)


def known_personas(settings: Settings, workspace: Path | None, last: PersonaSet | None = None) -> PersonaSet:
    """The personas of all folders, read from the disk now."""
    return load_personas(places_of(settings, workspace), last)


def persona_rows(personas: PersonaSet, enabled: Callable[[Persona], bool]) -> list[PersonaRow]:
    """All personas that have a file, sorted by name."""
    return [
        PersonaRow(name, persona.title, persona.role, persona.model, file.origin, str(file.path), enabled(persona))
        for name, persona in sorted(personas.personas.items())
        if (file := personas.files.get(name)) is not None
    ]


def find(personas: PersonaSet, name: str) -> tuple[Persona, PersonaFile]:
    """A persona and its file. Raises PersonaTrouble if none has this name or its file has errors."""
    persona, file = personas.personas.get(name), personas.files.get(name)
    broken = [trouble for trouble in personas.problems if name_of(Path(trouble.source)) == name]
    error = next((trouble for trouble in broken if trouble.problem.severity is Severity.ERROR), None)
    if persona is None or file is None:
        if error is not None:
            raise PersonaTrouble(f"{problem_line(error)}. Correct it, then run `postil personas check`")
        names = ", ".join(personas.personas) or "none"
        raise PersonaTrouble(f"there is no persona called {name!r}: known are {names}")
    return persona, file


def problem_line(trouble: PersonaProblem) -> str:
    """`path:line:column: severity: message`, 1-based as in compilers' messages."""
    problem = trouble.problem
    severity = problem.severity.name.lower()
    return f"{trouble.source}:{problem.line + 1}:{problem.column + 1}: {severity}: {problem.message}"


def push_name(persona: str, given: str | None = None) -> str:
    """A persona's name in Ollama. Raises PersonaTrouble for an invalid one."""
    try:
        return pushed_name(persona, given)
    except ValueError as error:
        raise PersonaTrouble(str(error)) from error


async def push(settings: Settings, file: PersonaFile, model_name: str) -> AsyncGenerator[Progress]:
    """Creates a model in Ollama from a persona's file. Raises PersonaTrouble for a file with errors, and EngineError.
    If it is stopped early, uploaded files stay in Ollama, but the model isn't created. For a workspace's persona, no
    file outside the workspace is uploaded."""
    text, unread = read_text(file.path)
    model, problems = create_model(text) if text is not None and not unread else (None, ())
    if model is None:
        error = next(problem for problem in (*unread, *problems) if problem.severity is Severity.ERROR)
        raise PersonaTrouble(problem_line(PersonaProblem(str(file.path), error)))
    admin = admin_of(settings)
    try:
        async with aclosing(admin.create(model_name, model, file.path.parent, _inside(file))) as steps:
            async for step in steps:
                yield step
    finally:
        await admin.aclose()


def _inside(file: PersonaFile) -> Path | None:
    """The workspace that a persona belongs to; None for a persona of the user."""
    if file.origin != "workspace":
        return None
    folder = file.path.parent
    return next(folder.parents[name.count("/")] for name in WORKSPACE_FOLDERS if folder.as_posix().endswith(name))


async def pull(
    settings: Settings, model: str, name: str | None = None, folder: Path | None = None, *, force: bool = False
) -> Written:
    """Saves a model in Ollama as a persona in `folder` (default: the user's folder). Raises PersonaTrouble if the file
    exists or the name is invalid, and EngineError."""
    path = _target(name if name is not None else persona_name(model), folder, force)
    admin = admin_of(settings)
    try:
        shown = await admin.show(model)
        base = await _parent(admin, shown)
    finally:
        await admin.aclose()
    text, notes = persona_text(_shown(shown), base, title=_title(name_of(path) or model))
    _write(path, text, force)
    return Written(path, (*notes, *_shadowed(path)))


def new(
    name: str, role: str, model: str, title: str = "", folder: Path | None = None, *, force: bool = False
) -> Written:
    """Creates a persona's file in `folder` (default: the user's folder). Raises PersonaTrouble if that fails."""
    path = _target(name, folder, force)
    try:
        text = new_persona(role, model, title.strip() or _title(name))
    except ValueError as error:
        raise PersonaTrouble(str(error)) from error
    _write(path, text, force)
    return Written(path, _shadowed(path))


def check(paths: Iterable[Path]) -> Checked:
    """Checks files, and the Modelfiles of folders. Raises PersonaTrouble for a path that doesn't exist."""
    files: list[Path] = []
    problems: list[PersonaProblem] = []
    for path in paths:
        if not path.exists():
            raise PersonaTrouble(f"no such file: {path}")
        files += files_of(path, problems) if path.is_dir() else [path]
    for file in dict.fromkeys(files):
        _, found = read_persona(file)
        problems += [PersonaProblem(str(file), problem) for problem in found]
    return Checked(len(dict.fromkeys(files)), tuple(problems))


def check_places(settings: Settings, workspaces: Iterable[Path]) -> Checked:
    """As `check`, for all folders of personas that exist."""
    places = (place for workspace in (None, *workspaces) for place in places_of(settings, workspace))
    return check(dict.fromkeys(place.folder for place in places if place.folder.is_dir()))


async def _parent(admin: OllamaAdmin, shown: ShownModel) -> Shown | None:
    """The model from which a model was created, if Ollama names it and still has it."""
    # For an imported file, `parent` is the path of a blob.
    if not shown.parent or shown.parent.startswith("/") or "\\" in shown.parent:
        return None
    try:
        return _shown(await admin.show(shown.parent))
    except (ModelMissing, EngineRefused):
        return None


def _shown(model: ShownModel) -> Shown:
    infill = "insert" in model.capabilities
    return Shown(model.name, model.modelfile or "", model.system or "", model.template or "", infill)


def _title(name: str) -> str:
    return default_title(name)


def _target(name: str, folder: Path | None, force: bool) -> Path:
    """The path of a new persona. Raises PersonaTrouble if the name is invalid or the file exists."""
    try:
        path = (folder or user_folder()) / f"{checked_name(name)}{SUFFIX}"
    except ValueError as error:
        raise PersonaTrouble(str(error)) from error
    if path.exists() and not force:
        raise PersonaTrouble(_exists_message(path))
    return path


def _exists_message(path: Path) -> str:
    return f"{path} exists already: choose another name, or overwrite it (--force)"


def _write(path: Path, text: str, force: bool) -> None:
    try:
        if path.exists() and not force:
            raise PersonaTrouble(_exists_message(path))
        write_whole(path, text, private=True)
    except OSError as error:
        raise PersonaTrouble(f"can't write {path}: {error.strerror or error}") from error


def _shadowed(path: Path) -> tuple[str, ...]:
    """A hint if this file replaces a shipped persona of the same name."""
    name = name_of(path)
    shipped = load_personas()
    if path.parent == user_folder() and name in shipped.personas:
        return (f"it replaces the shipped persona {name}",)
    return ()
