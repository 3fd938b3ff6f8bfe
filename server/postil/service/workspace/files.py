"""Selects the files for a review: applies ignore files, excludes secrets and binaries, and records the reasons."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pathspec

from postil.core.data import load_data
from postil.core.text.origin import origin_of, without_marks
from postil.core.text.uri import NOTEBOOK_CELL
from postil.service.config.workspace import FolderConfig
from postil.service.documents import Document
from postil.service.workspace.source import (
    BINARY_PROBE_BYTES,
    MAX_SOURCE_BYTES,
    Source,
    Unreadable,
    decode_source,
    is_binary,
    is_notebook,
    read_source,
    too_large,
)

__all__ = [
    "IGNORE_FILES",
    "Listing",
    "Selection",
    "Skipped",
    "Source",
    "Unreadable",
    "decode_source",
    "read_source",
    "repository_root",
    "select",
]

IGNORE_FILES = (".gitignore", ".postilignore")

# Folders of a path in another place that are compared with the workspace's ignore files.
_DEEPEST = 32
_NOTEBOOK = "a notebook: its cells are reviewed where the editor opens it as a notebook"
# Lines of a document in which the first cell of a notebook begins.
_FIRST_LINES = 40


@dataclass(frozen=True, slots=True)
class Skipped:
    """An excluded file or folder. `named`: the user named it, so they should be informed. `unread`: no rule excludes
    it, it can't be read."""

    path: Path
    reason: str
    named: bool = False
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The files to review, each once, in the order of the given paths and sorted within a folder."""

    files: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


def select(
    paths: Sequence[Path],
    root: Path,
    exclude: Iterable[str] = (),
    *,
    named: bool = True,
    max_bytes: int = MAX_SOURCE_BYTES,
) -> Selection:
    """The files at and below `paths`.

    In folders, files in .gitignore, folders of dependencies, symbolic links and files that aren't code are skipped.
    Every file is checked against `exclude` (.gitignore globs relative to `root`), .postilignore, secrets, binaries
    and the maximum size. `named`: the user named the files in `paths`, which overrides .gitignore; otherwise (a list
    from git) they are treated like files found in a folder.
    """
    rules = _Rules(root, exclude, max_bytes)
    files: dict[Path, None] = {}
    skipped: list[Skipped] = []
    for path in paths:
        path = Path(os.path.abspath(path))  # noqa: PTH100 -- resolve() would follow links
        if path.is_dir():
            for found, reason in rules.walk(path):
                if reason is None:
                    files[found] = None
                else:
                    skipped.append(Skipped(found, reason))
            continue
        reason = rules.refuse_file(path, asked=named) if named else rules.refuse_listed(path)
        if reason is None:
            files[path] = None
        else:
            skipped.append(Skipped(path, reason, named))
    return Selection(tuple(files), tuple(skipped))


class Listing:
    """The files of the workspace `root` as `select` finds them, one after the other: there may be a million. Reads each
    ignore file once."""

    def __init__(self, root: Path, exclude: Sequence[str] = ()) -> None:
        self._root = root
        self._rules = _Rules(root, exclude, MAX_SOURCE_BYTES)

    def below(self, folder: Path) -> Iterator[tuple[Path, str | None]]:
        """The files below a folder of the workspace, and why one is excluded."""
        reason = self._rules.refuse_above(folder / "file", self._root)
        yield from [(folder, reason)] if reason is not None else self._rules.walk(folder)

    def reason(self, path: Path) -> str | None:
        """Why this file of the workspace is excluded; None if it isn't."""
        return self._rules.refuse_above(path, self._root) or self._rules.refuse_file(path, asked=False)


def refusal(uri: str, folder: Path | None, exclude: Sequence[str] = (), *, notebook: str = "") -> str | None:
    """Why a document is never sent to a model; None if it may be sent. `folder`: the workspace folder that contains it.
    `notebook`: the URI of the notebook of which it is a cell.

    Secrets, notebooks, .postilignore and `exclude` refuse it by its name: whatever its URI's scheme is, and whether
    the file exists or not. A file on the disk is also refused for its content (binary) and its size. Nothing is sent
    of a document whose scheme isn't known, because its name may say nothing."""
    origin, cell = origin_of(notebook or uri), bool(notebook)
    if not origin.known:
        return f"Postil doesn't know what {origin.scheme}: documents are"
    names = tuple(dict.fromkeys(origin.names + origin_of(uri).names))
    if not names:
        return None
    cell = cell or origin.scheme == NOTEBOOK_CELL
    top = folder or Path(names[0]).parent
    rules = _Rules(top, exclude, MAX_SOURCE_BYTES)
    for name in names:
        # The name of a buffer that was never saved is relative to the workspace.
        path = Path(os.path.abspath(top / name))  # noqa: PTH100
        for one in (path, *(_here(path, top) if origin.scheme != "file" else ())):
            reason = rules.refuse_name(one, cell=cell)
            if reason is not None:
                return reason
    file = Path(names[0])
    # Not `Path.is_file`: it raises for a name that is too long. A notebook's content and size aren't its cells'.
    if cell or origin.scheme != "file" or not file.is_absolute() or not os.path.isfile(file):  # noqa: PTH113
        return None
    skipped = select([file], top, exclude, named=True).skipped
    return skipped[0].reason if skipped else None


def _here(path: Path, top: Path) -> Iterator[Path]:
    """Where a file of another machine or repository may be in the workspace, whose ignore files then count for it:
    nobody knows how much of its path is the way to its own workspace."""
    if top not in path.parents:
        parts = path.parts[1:][-_DEEPEST:]
        yield from (top.joinpath(*parts[skipped:]) for skipped in range(len(parts)))


def document_refusal(
    document: Document, config_of: Callable[[str], FolderConfig], exclude: Sequence[str] = ()
) -> str | None:
    """As `refusal`, for a document of the session. `config_of`: by path."""
    notebook = document.notebook.uri if document.notebook is not None else ""
    # The workspace folder of the file that the document shows, whatever the scheme of its URI.
    folders = (config_of(name).workspace for name in origin_of(notebook or document.uri).names)
    folder = next((folder for folder in folders if folder is not None), None)
    reason = refusal(document.uri, folder, exclude, notebook=notebook)
    if (
        reason is None
        and not document.is_cell
        and is_notebook("".join(document.lines[:_FIRST_LINES])[:BINARY_PROBE_BYTES])
    ):
        return _NOTEBOOK
    return reason


def repository_root(path: Path) -> Path | None:
    """The nearest folder at or above `path` that contains `.git`."""
    # Not `Path.exists`: it raises for a name that is too long.
    return next((folder for folder in (path, *path.parents) if os.path.exists(folder / ".git")), None)  # noqa: PTH110


@cache
def _data(name: str) -> dict[str, tuple[str, ...]]:
    return load_data(name, dict[str, tuple[str, ...]])


def _spec(lines: Iterable[str]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(lines)


class _IgnoreFiles:
    """All ignore files of one name in `top` and below it. A deeper file takes precedence."""

    def __init__(self, name: str, top: Path, extra: Path | None = None) -> None:
        self._name = name
        self._top = top
        self._extra = extra
        self._specs: dict[Path, pathspec.GitIgnoreSpec | None] = {}

    def _of(self, folder: Path) -> pathspec.GitIgnoreSpec | None:
        if folder not in self._specs:
            lines: list[str] = []
            for file in (self._extra if folder == self._top else None, folder / self._name):
                if file is not None:
                    try:
                        lines += file.read_text(encoding="utf-8", errors="replace").splitlines()
                    except (OSError, ValueError):
                        continue  # most folders have no ignore file; ValueError: a name that no file can have
            self._specs[folder] = _lenient_spec(lines) if lines else None
        return self._specs[folder]

    def match(self, path: Path, *, is_folder: bool) -> bool:
        """Whether `path` itself is ignored. Its parents aren't checked."""
        folder = path.parent
        while folder == self._top or self._top in folder.parents:
            spec = self._of(folder)
            if spec is not None:
                verdict = spec.check_file(path.relative_to(folder).as_posix() + "/" * is_folder).include
                if verdict is not None:
                    return verdict
            if folder == self._top:
                break
            folder = folder.parent
        return False


def _real(path: Path) -> Path:
    """The path without symbolic links."""
    try:
        # Not `resolve`: before Python 3.13 it raises for circular symbolic links.
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        # A name that no file can have.
        return path


def _lenient_spec(lines: Iterable[str]) -> pathspec.GitIgnoreSpec:
    """A spec that skips invalid patterns, as git does."""
    good: list[str] = []
    for line in lines:
        try:
            _spec([line])
        except ValueError:
            continue
        good.append(line)
    return _spec(good)


class _Rules:
    """Decides why a file is excluded. Reads only ignore files and the first bytes of candidates."""

    def __init__(self, root: Path, exclude: Iterable[str], max_bytes: int) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100
        self._max_bytes = max_bytes
        self._exclude = _lenient_spec(exclude)
        self._secrets = _spec(pattern.lower() for pattern in _data("secret_files.toml")["patterns"])
        self._not_code = _spec(_data("unreviewed_files.toml")["not_code"])
        self._folders = frozenset(_data("unreviewed_files.toml")["folders"])
        self._trees: dict[Path, tuple[_IgnoreFiles, _IgnoreFiles]] = {}
        self._tops: dict[Path, Path] = {}

    def _ignores(self, folder: Path) -> tuple[_IgnoreFiles, _IgnoreFiles]:
        """The .gitignore and .postilignore files that apply in a folder."""
        if folder not in self._tops:
            inside = folder == self._root or self._root in folder.parents
            self._tops[folder] = repository_root(folder) or (self._root if inside else folder)
        top = self._tops[folder]
        if top not in self._trees:
            exclude_file = top / ".git" / "info" / "exclude"
            self._trees[top] = (
                _IgnoreFiles(IGNORE_FILES[0], top, exclude_file),
                _IgnoreFiles(IGNORE_FILES[1], top),
            )
        return self._trees[top]

    def _ignored(self, path: Path, *, is_folder: bool, git: bool) -> str | None:
        by_git, by_postil = self._ignores(path.parent)
        if by_postil.match(path, is_folder=is_folder):
            return "in .postilignore"
        if self._root in path.parents:
            relative = path.relative_to(self._root).as_posix() + "/" * is_folder
            if self._exclude.match_file(relative):
                return "excluded by review.exclude"
        if git and by_git.match(path, is_folder=is_folder):
            return "in .gitignore"
        return None

    def _parents(self, path: Path) -> list[Path]:
        """The folders from the repository's top (or the root) down to the file's folder."""
        self._ignores(path.parent)
        top = self._tops[path.parent]
        return [folder for folder in reversed(path.parents) if top in folder.parents]

    def _secret(self, path: Path) -> bool:
        # Three parts of the path suffice for patterns such as `.aws/credentials`, wherever the walk starts.
        name = "/".join(path.parts[-3:]).lower().lstrip("/")
        return any(self._secrets.match_file(one) for one in (name, *without_marks(name)))

    def refuse_name(self, path: Path, *, asked: bool = True, cell: bool = False) -> str | None:
        """Why a file of this name is excluded, whether it exists or not; if it is a link, also for the name of what it
        leads to. `cell`: a cell of this notebook."""
        reason = self._refuse_spelled(path, asked=asked, cell=cell)
        if reason is None and asked and (target := _real(path)) != path:
            reason = self._refuse_spelled(target, asked=True, cell=cell)
        return reason

    def _refuse_spelled(self, path: Path, *, asked: bool, cell: bool) -> str | None:
        for folder in self._parents(path) if asked else ():
            reason = self._ignored(folder, is_folder=True, git=False)
            if reason is not None:
                return reason
        reason = self._ignored(path, is_folder=False, git=not asked)
        if reason is not None:
            return reason
        if self._secret(path):
            return "may hold secrets"
        endings = _data("unreviewed_files.toml")["containers"]
        if not cell and any(name.lower().endswith(endings) for name in (path.name, *without_marks(path.name))):
            return _NOTEBOOK
        return None

    def refuse_file(self, path: Path, *, asked: bool) -> str | None:
        """Why this file is excluded; None if it isn't. `asked`: the user named it."""
        reason = self.refuse_name(path, asked=asked)
        if reason is not None:
            return reason
        if not asked:
            if path.is_symlink():
                return "a symbolic link"
            if self._not_code.match_file(path.name):
                return "not code"
        return self._refuse_content(path)

    def _refuse_content(self, path: Path) -> str | None:
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return "not a regular file"
            if status.st_size > self._max_bytes:
                return too_large(self._max_bytes)
            with path.open("rb") as file:
                beginning = file.read(BINARY_PROBE_BYTES)
            if is_binary(beginning):
                return "binary"
            return _NOTEBOOK if is_notebook(beginning.decode("utf-8", "replace")) else None
        except FileNotFoundError:
            return "no such file"
        except OSError as error:
            return f"can't read it: {error.strerror or error}"

    def _refuse_folder(self, path: Path) -> str | None:
        if path.name in self._folders:
            return "a folder of dependencies, caches or build output"
        if path.is_symlink():
            return "a symbolic link"
        return self._ignored(path, is_folder=True, git=True)

    def refuse_above(self, path: Path, root: Path) -> str | None:
        """Why a walk from `root` doesn't come to the folder of this file; None if it does."""
        between = [folder for folder in reversed(path.parents) if root in folder.parents]
        return next((reason for folder in between if (reason := self._refuse_folder(folder)) is not None), None)

    def refuse_listed(self, path: Path) -> str | None:
        """As `refuse_file`, but as a walk from the top would decide: an excluded folder excludes everything below."""
        self._ignores(path.parent)
        return self.refuse_above(path, self._tops[path.parent]) or self.refuse_file(path, asked=False)

    def walk(self, folder: Path) -> Iterator[tuple[Path, str | None]]:
        """The files below a folder in order; excluded files and folders with the reason. Symbolic links to folders
        aren't followed, which prevents loops."""
        try:
            entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
        except OSError as error:
            yield folder, f"can't read it: {error.strerror or error}"
            return
        for entry in entries:
            if entry.is_dir():
                reason = self._refuse_folder(entry)
                if reason is None:
                    yield from self.walk(entry)
                else:
                    yield entry, reason
            else:
                yield entry, self.refuse_file(entry, asked=False)
