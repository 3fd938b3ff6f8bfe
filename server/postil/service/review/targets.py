"""The files to review, from paths or from git's list of changes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.core.review.finding import Finding, Span
from postil.core.review.sarif import PlacedFinding
from postil.core.syntax.units import Unit
from postil.service.workspace.changes import WHOLE_FILE, Changes, NoChanges, changed_lines, staged_bytes
from postil.service.workspace.files import Skipped, Source, Unreadable, decode_source, read_source, select
from postil.service.workspace.languages import language_of


@dataclass(frozen=True, slots=True)
class ReviewedFile:
    """A file under review. `path` is as shown: relative to the root with `/`, absolute outside it. `lines` are the
    file's lines without their ends; `spans` are the lines to report on, None = all."""

    path: str
    language: str
    lines: tuple[str, ...]
    newline: str = "\n"
    spans: tuple[Span, ...] | None = None

    def place(self, unit: Unit, finding: Finding) -> PlacedFinding:
        return PlacedFinding(self.path, finding, unit.first_line, self.lines, unit.name, self.newline)


@dataclass(frozen=True, slots=True)
class Targets:
    """Files to review, and what was left out."""

    files: tuple[ReviewedFile, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class NoTargets:
    """Why the files can't be determined, as a message."""

    message: str


async def find_targets(
    paths: Sequence[Path], root: Path, exclude: Sequence[str], *, rev: str | None = None, staged: bool = False
) -> Targets | NoTargets:
    """The files below `paths`; with `rev` or `staged` only those with changes in git, with the changed lines. Shown
    paths are relative to `root`."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        return NoTargets(f"no such file or folder: {missing[0]}")
    if rev is None and not staged:
        selection = select(paths or [root], root, exclude)
        skipped = list(selection.skipped)
        files = [reviewed_file(path, root, read_source(path), None, skipped) for path in selection.files]
        return Targets(tuple(file for file in files if file is not None), tuple(skipped))
    changes = await changed_lines(root, rev, staged=staged)
    if isinstance(changes, NoChanges):
        return NoTargets(changes.message)
    return await _changed(changes, paths, root, exclude, staged=staged)


async def _changed(
    changes: Changes, paths: Sequence[Path], root: Path, exclude: Sequence[str], *, staged: bool
) -> Targets:
    spans = {file.path: file.spans for file in changes.files if _wanted(file.path, paths or [root])}
    selection = select(list(spans), changes.top, exclude, named=False)
    skipped = [*selection.skipped]
    files: list[ReviewedFile | None] = []
    for path in selection.files:
        source: Source | Unreadable
        if staged:
            data = await staged_bytes(changes.top, path)
            source = Unreadable(data.message) if isinstance(data, NoChanges) else decode_source(data)
        else:
            source = read_source(path)
        files.append(reviewed_file(path, root, source, spans[path], skipped))
    return Targets(tuple(file for file in files if file is not None), tuple(skipped))


def _wanted(path: Path, below: Sequence[Path]) -> bool:
    """Whether a changed file is one of these or below one of them, with links in its path resolved."""
    real = path.parent.resolve() / path.name
    return any(real == folder or folder in real.parents for folder in (item.resolve() for item in below))


def reviewed_file(
    path: Path,
    root: Path,
    source: Source | Unreadable,
    spans: tuple[Span, ...] | None,
    skipped: list[Skipped],
) -> ReviewedFile | None:
    """The file with the lines to report on; None, and a reason in `skipped`, where there is nothing to review."""
    if isinstance(source, Unreadable):
        # Listed by name: otherwise a file that can't be decoded would seem to have been reviewed.
        skipped.append(Skipped(path, source.reason, named=True, unread=True))
        return None
    if not source.text.strip():
        skipped.append(Skipped(path, "empty"))
        return None
    whole = spans is None or WHOLE_FILE in spans
    lines = tuple(source.text.split("\n"))
    return ReviewedFile(
        path=shown_path(path, root),
        language=language_of(path.name, lines[0]),
        lines=lines[:-1] if source.text.endswith("\n") else lines,
        newline=source.newline,
        spans=None if whole else spans,
    )


def shown_path(path: Path, root: Path) -> str:
    """Relative to `root` with `/`, or absolute when it is elsewhere."""
    absolute, top = Path(os.path.abspath(path)), Path(os.path.abspath(root))  # noqa: PTH100
    for file, folder in ((absolute, top), (absolute.resolve(), top.resolve())):
        if folder in file.parents:
            return file.relative_to(folder).as_posix()
    return absolute.as_posix()


def concerns(file: ReviewedFile, unit: Unit, finding: Finding) -> bool:
    """Whether a finding touches lines to report on (without --diff all are). Where lines were only removed, their
    neighbours count."""
    if file.spans is None:
        return True
    touched = [finding.lines.shifted(unit.first_line)]
    if finding.fix is not None:
        touched.append(finding.fix.span.shifted(unit.first_line))
    return any(_touch(a, b) for a in touched for b in file.spans)


def _touch(one: Span, other: Span) -> bool:
    if one.first == one.last or other.first == other.last:
        return one.first <= other.last and other.first <= one.last
    return one.first < other.last and other.first < one.last
