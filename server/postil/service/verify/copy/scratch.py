"""A scratch copy of a workspace, in which checks run. It is gone at the end; folders of dependencies are linked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from postil.core.actions.test_places import is_test
from postil.service.verify.copy.linked import link_dependencies
from postil.service.verify.trouble import CheckTrouble
from postil.service.workspace.git import NoChanges, git

# A copy of more takes longer than a check, and isn't source code.
MAX_FILES = 100_000
MAX_BYTES = 2_000_000_000
# Python's search path of a large monorepo; each entry costs every import a look.
MAX_ROOTS = 32
PREFIX = "postil-fix-"

# Never copied: what is made anew, and the history.
_LEFT_OUT = frozenset({".git", "__pycache__"})
# In a folder that git doesn't know, these are dependencies or build output.
_BUILT = frozenset(
    {"node_modules", ".venv", "venv", "target", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(slots=True)
class Scratch:
    """`root`: the copy of `workspace`. `home`: the temporary folder that holds it and what checks write beside it.
    `unsaved`: what the copy has in the place of files, by their names. `settled`: what else may stay in it."""

    workspace: Path
    home: Path
    root: Path
    # Of each copied file: size and time of the source and of the copy.
    stats: dict[str, tuple[tuple[int, int], tuple[int, int]]] = field(
        default_factory=dict[str, tuple[tuple[int, int], tuple[int, int]]]
    )
    roots: tuple[str, ...] = ()
    unsaved: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    settled: frozenset[str] | None = None

    @property
    def report(self) -> Path:
        """Where the runner writes its results."""
        return self.home / "report.xml"

    def put(self, path: str, data: bytes) -> None:
        """Change a file of the copy, until `restore`."""
        target = self.root / path
        mode = None if target.is_symlink() or not target.exists() else target.stat().st_mode
        # The copied file may be read-only, or a link.
        target.unlink(missing_ok=True)
        target.write_bytes(data)
        if mode is not None:
            # A script that tests start.
            target.chmod(mode)

    def restore(self) -> None:
        """Put back every file that differs from its original, tests and configuration first of all. What the check of
        the code as it is made beside them stays, as in the user's own tree (`settle`); what it made later is removed.
        Raises CheckTrouble when the user has changed an original."""
        self._clear()
        for name, (source, copied) in self.stats.items():
            target = self.root / name
            if _stat(target) == copied:
                continue
            if name not in self.unsaved and _stat(self.workspace / name) != source:
                raise CheckTrouble(f"{name} was changed meanwhile: start again when you are done with it")
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            self._copy(name)
            # Build tools compare times: restored is newer than what was built of the change.
            if not target.is_symlink():
                os.utime(target)
            self.stats[name] = (source, _stat(target))

    def settle(self) -> None:
        """From now on a run may make no more files for those behind it than there are now: what a candidate writes
        would be there when the next one is asked for it."""
        self.settled = frozenset(self._others(frozenset()))

    def _clear(self) -> None:
        if self.settled is None:
            return
        for path in self._others(self.settled):
            _remove(self.root / path)
        for left in (self.home / "tmp").iterdir():
            _remove(left)

    def _others(self, known: frozenset[str]) -> list[str]:
        """The files and folders that weren't copied, without those in them, and without the `known` ones."""
        folders = {parent.as_posix() for name in self.stats for parent in Path(name).parents}
        found: list[str] = []
        for at, inner, files in os.walk(self.root):
            place = Path(at).relative_to(self.root)
            for name in (*inner, *files):
                path = (place / name).as_posix()
                if path not in folders and path not in self.stats and path not in known:
                    found.append(path)
            inner[:] = [name for name in inner if (place / name).as_posix() in folders]
        return found

    def _copy(self, name: str) -> None:
        source, target = self.workspace / name, self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if name in self.unsaved:
            target.write_bytes(self.unsaved[name])
            if source.is_file():
                target.chmod(source.stat().st_mode | 0o200)
        elif source.is_symlink():
            aim = source.readlink()
            inside = aim.is_absolute() and self.workspace in aim.parents
            target.symlink_to(self.root / aim.relative_to(self.workspace) if inside else aim)
        else:
            shutil.copy2(source, target)
            # Checks may write to it, as they could if the user had checked it out anew.
            target.chmod(target.stat().st_mode | 0o200)
        self.stats[name] = (_stat(source), _stat(target))

    def fill(self, names: list[str], stop: threading.Event) -> None:
        """Copy the files, and link what they need. `stop` ends it early."""
        size = 0
        # A file that was never saved is on no list.
        names += self.unsaved.keys() - set(names)
        for name in names:
            if stop.is_set():
                return
            source = self.workspace / name
            try:
                if source.is_dir() and not source.is_symlink():
                    # A submodule, or a repository inside: git names its folder only.
                    names += [f"{name.rstrip('/')}/{one}" for one in _walked(source)]
                    continue
                self._copy(name)
            except FileNotFoundError:
                continue  # deleted, and git still lists it
            size += self.stats[name][0][0]
            if len(self.stats) > MAX_FILES or size > MAX_BYTES:
                raise CheckTrouble(_too_large(self.workspace))
        link_dependencies(self.workspace, self.root, {str(Path(name).parent) for name in self.stats})
        self.roots = tuple(dict.fromkeys(self._roots()))[:MAX_ROOTS]

    def _roots(self) -> Iterator[str]:
        """The copy's folders from which Python imports packages: first on its path, they win over an editable
        installation of the user's tree."""
        for name in self.stats:
            folder, _, file = name.rpartition("/")
            if file in _PROJECT_FILES:
                yield str(self.root / folder / "src")
                yield str(self.root / folder)
            elif file == "__init__.py" and not is_test(name):
                above = folder.rpartition("/")[0]
                if f"{above}/__init__.py".lstrip("/") not in self.stats or not folder:
                    yield str(self.root / above)


@asynccontextmanager
async def scratch_copy(workspace: Path, unsaved: Mapping[str, bytes] | None = None) -> AsyncGenerator[Scratch]:
    """A copy of the files that git tracks or would track; without git, of all but dependencies and build output.
    `unsaved`: the editor's content of some of them. Raises CheckTrouble."""
    _sweep()
    names = await _names(workspace)
    # With links resolved, because programs tell paths so (macOS has /tmp behind one).
    home = Path(os.path.realpath(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")))  # noqa: ASYNC240
    stop = threading.Event()
    try:
        # Some tests look at the name of the folder that they are in.
        scratch = Scratch(workspace, home, home / (workspace.name or "workspace"), unsaved=unsaved or {})
        scratch.root.mkdir()
        (home / "tmp").mkdir()
        filling = asyncio.ensure_future(asyncio.to_thread(scratch.fill, names, stop))
        try:
            await asyncio.shield(filling)
        except asyncio.CancelledError:
            stop.set()
            with contextlib.suppress(CheckTrouble, OSError):
                await filling
            raise
        except OSError as error:
            raise CheckTrouble(f"can't copy {workspace}: {error.strerror or error} ({error.filename})") from None
        yield scratch
    finally:
        # Not awaited: a second Ctrl-C must not leave it half removed.
        _remove(home)


async def _names(workspace: Path) -> list[str]:
    listed = await git(workspace, "ls-files", "-co", "--exclude-standard", "-z")
    if isinstance(listed, NoChanges):
        return list(_walked(workspace))
    names = dict.fromkeys(os.fsdecode(name) for name in listed.split(b"\0") if name)
    return [name for name in names if not _LEFT_OUT & set(name.split("/"))]


def _walked(folder: Path) -> Iterator[str]:
    """The files below a folder that git doesn't know."""
    size = 0
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT | _BUILT]
        links = [name for name in folders if os.path.islink(os.path.join(at, name))]  # noqa: PTH114, PTH118
        for name in (*links, *files):
            size += 1
            if size > MAX_FILES:
                raise CheckTrouble(_too_large(folder))
            path = Path(at, name)
            if path.is_file() or path.is_symlink():
                # Sockets and pipes are nothing to copy.
                yield path.relative_to(folder).as_posix()


def _too_large(folder: Path) -> str:
    return (
        f"{folder} has more than {MAX_FILES:,} files or {MAX_BYTES / 1e9:.0f} GB: run it in the folder of the project,"
        " and let .gitignore name what is built"
    )


def _stat(path: Path) -> tuple[int, int]:
    """Size and time of a file, (-1, -1) without one."""
    try:
        found = path.lstat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def _remove(home: Path) -> None:
    if home.is_symlink() or not home.is_dir():
        home.unlink(missing_ok=True)
        return

    def writable(function: object, path: str, error: BaseException) -> None:
        # A check may have made folders that nobody may write to.
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)  # noqa: PTH101, PTH120
            os.chmod(path, 0o700)  # noqa: PTH101
            if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)  # noqa: PTH108

    # onerror is the name before Python 3.12, and it still works.
    shutil.rmtree(home, onerror=lambda function, path, info: writable(function, path, info[1]))
    shutil.rmtree(home, ignore_errors=True)


def _sweep() -> None:
    """Remove what processes left that were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        number = old.name.removeprefix(PREFIX).partition("-")[0]
        with contextlib.suppress(OSError, ValueError):
            if old.lstat().st_uid == os.getuid() and not old.is_symlink() and not _alive(int(number)):
                _remove(old)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
