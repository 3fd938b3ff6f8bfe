"""The workspace's baseline file. Reading it never raises; adding to it never loses existing dismissals."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from postil.core.suppression.baseline import Baseline, Dismissal, read, written
from postil.service.workspace.atomic import write_whole

FOLDER, NAME = ".postil", "baseline.json"
# Enough for tens of thousands of dismissals. A larger file isn't a baseline.
MAX_BYTES = 20_000_000


class BaselineTrouble(Exception):
    """The baseline can't be used. The message says what the user has to change."""


def baseline_file(workspace: Path) -> Path:
    """The path of a workspace's baseline, which is meant to be committed."""
    return workspace / FOLDER / NAME


def load(path: Path) -> tuple[Baseline, str | None]:
    """The file's baseline, empty if the file doesn't exist; or an empty one and a sentence on why it can't be read."""
    try:
        if not path.exists():
            return Baseline(), None
        if not path.is_file():
            return Baseline(), f"{path} is no file: nothing counts as dismissed"
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return Baseline(), f"can't read {path}: {error.strerror or error}: nothing counts as dismissed"
    if len(data) > MAX_BYTES:
        return Baseline(), f"{path} is over {MAX_BYTES // 1_000_000} MB: nothing counts as dismissed"
    baseline, problem = read(data)
    return baseline, f"{path}: {problem}. Until it is corrected, nothing counts as dismissed." if problem else None


def add(path: Path, more: Iterable[Dismissal]) -> Baseline:
    """Add dismissals to the file and return its new content. The file is read again first, because another branch may
    have been checked out. Raises BaselineTrouble; a file that can't be read is left unchanged."""
    known, problem = load(path)
    if problem is not None:
        raise BaselineTrouble(problem)
    if path.parent.name == FOLDER and not path.resolve().is_relative_to(path.parent.parent.resolve()):
        raise BaselineTrouble(f"{path} is a link out of the workspace: nothing is written there. Remove the link.")
    after = known.having(more)
    try:
        write_whole(path, written(after))
    except OSError as error:
        raise BaselineTrouble(f"can't write {path}: {error.strerror or error}") from error
    return after


def path_in(workspace: Path | None, path: Path) -> str:
    """A file's path as the baseline stores it: with `/`, relative to the workspace if the file is in it."""
    if workspace is not None and path.is_relative_to(workspace):
        return path.relative_to(workspace).as_posix()
    return path.as_posix()
