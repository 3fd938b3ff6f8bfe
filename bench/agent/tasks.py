"""Loads the tasks of three kinds: questions, calls of tools, programs to mend."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from bench.agent.answers import Answer
from bench.agent.calls import Wanted

HERE = Path(__file__).parent
TASKS, REPOSITORIES = HERE / "tasks", HERE / "repositories"
SPLITS = ("tune", "last-look")
KINDS = ("questions", "tools", "mend")

Split = Literal["tune", "last-look"]
# Of the tool tasks. missing: what must be given isn't, so that one has to ask.
Form = Literal["one", "choose", "two", "none", "missing"]


class TaskError(ValueError):
    """A task that is malformed; says which."""


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the repository that an answer rests on. `line`: 1-based; 0 = `text` may be anywhere in the file."""

    path: str
    text: str
    line: int = 0


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was edited after the commit. `old` is in the file exactly once."""

    path: str
    old: str
    new: str


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`reads`: so many files must be read."""

    split: Split
    repository: str
    ask: str
    reads: Literal[1, 2]
    answer: Answer
    evidence: tuple[Evidence, ...]


class ToolTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`calls`: what must be called, in this order; of each the alternatives. `answer`: what must be said where nothing
    is to be called."""

    split: Split
    repository: str
    ask: str
    form: Form
    calls: tuple[tuple[Wanted, ...], ...] = ()
    changes: tuple[Change, ...] = ()
    answer: Answer | None = None

    def __post_init__(self) -> None:
        wanted = {"one": 1, "choose": 1, "two": 2, "none": 0, "missing": 0}[self.form]
        if len(self.calls) != wanted or not all(self.calls):
            raise ValueError(f"calls: {self.form} needs {wanted}")
        if (self.answer is None) != bool(self.calls):
            raise ValueError("answer: for tasks without calls, and only for them")


class MendTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`check`: the argv that its postil.toml names, too. `tests`: files that must stay as they are. `faulty`: the files
    that the reference mends."""

    split: Split
    language: Literal["python", "javascript", "go", "rust"]
    defect: str
    ask: str
    check: tuple[str, ...]
    tests: tuple[str, ...]
    faulty: tuple[str, ...]


Spec: TypeAlias = Question | ToolTask | MendTask
_SPECS: Mapping[str, type[Spec]] = {"questions": Question, "tools": ToolTask, "mend": MendTask}


@dataclass(frozen=True, slots=True)
class Task:
    """`name`: KIND/FOLDER. `folder`: where its task.toml is."""

    name: str
    kind: str
    folder: Path
    spec: Spec

    @property
    def repository(self) -> Path:
        """What is copied for it."""
        return self.folder / "repo" if isinstance(self.spec, MendTask) else REPOSITORIES / self.spec.repository


def tasks() -> tuple[Task, ...]:
    """All of ours, sorted by kind and name."""
    return tuple(load(kind, folder) for kind in KINDS for folder in sorted((TASKS / kind).iterdir()) if folder.is_dir())


def load(kind: str, folder: Path) -> Task:
    """One task. Raises TaskError."""
    try:
        said = tomllib.loads((folder / "task.toml").read_text(encoding="utf-8"))
        found = Task(f"{kind}/{folder.name}", kind, folder, msgspec.convert(said, _SPECS[kind]))
    except (OSError, ValueError) as error:
        raise TaskError(f"{kind}/{folder.name}: {error}") from error
    if not found.repository.is_dir():
        raise TaskError(f"{found.name}: there is no {found.repository}")
    return found
