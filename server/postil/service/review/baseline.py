"""The workspace's baseline on the disk: read without ever failing, added to without losing anything."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from postil.core.suppression.baseline import Baseline, Dismissal, read, written
from postil.service.workspace.atomic import write_whole

FOLDER, NAME = ".postil", "baseline.json"
# Tens of thousands of notes; a file that is larger is something else.
MAX_BYTES = 20_000_000


class BaselineTrouble(Exception):
    """Something that the user has to change first; the message says what."""


def baseline_file(workspace: Path) -> Path:
    """Where a workspace has its baseline. It is meant to be committed."""
    return workspace / FOLDER / NAME


def load(path: Path) -> tuple[Baseline, str | None]:
    """The baseline of a file, empty where there is none; or an empty one and a sentence on what is wrong with it."""
    try:
        if not path.exists():
            return Baseline(), None
        if not path.is_file():
            return Baseline(), f"{path} is no file: nothing is taken as dismissed"
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return Baseline(), f"can't read {path}: {error.strerror or error}: nothing is taken as dismissed"
    if len(data) > MAX_BYTES:
        return Baseline(), f"{path} is over {MAX_BYTES // 1_000_000} MB: nothing is taken as dismissed"
    baseline, wrong = read(data)
    return baseline, f"{path}: {wrong}. Until it is mended nothing is taken as dismissed." if wrong else None


def add(path: Path, more: Iterable[Dismissal]) -> Baseline:
    """Write these into the file beside what it holds now (another branch may have been checked out meanwhile), and give
    what it holds then. Raises BaselineTrouble, and leaves a file alone that it can't read."""
    known, wrong = load(path)
    if wrong is not None:
        raise BaselineTrouble(wrong)
    if path.parent.name == FOLDER and not path.resolve().is_relative_to(path.parent.parent.resolve()):
        raise BaselineTrouble(f"{path} is a link out of the workspace: nothing is written there. Take the link away.")
    after = known.having(more)
    try:
        write_whole(path, written(after))
    except OSError as error:
        raise BaselineTrouble(f"can't write {path}: {error.strerror or error}") from error
    return after


def path_in(workspace: Path | None, path: Path) -> str:
    """A file's path as the baseline has it: relative to the workspace, with `/`; whole outside of it."""
    if workspace is not None and path.is_relative_to(workspace):
        return path.relative_to(workspace).as_posix()
    return path.as_posix()
