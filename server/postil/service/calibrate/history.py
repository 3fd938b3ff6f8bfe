"""Pieces of a repository to calibrate on, from git: past fixes, and functions that nobody has touched for long."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from postil.core.actions.test_places import is_test
from postil.core.calibrate.fixes import changed_functions, mended, speaks_of_fix
from postil.core.calibrate.readings import Half
from postil.core.syntax.split import split_units
from postil.core.syntax.tree import GRAMMARS
from postil.core.syntax.units import Unit
from postil.service.workspace.files import select
from postil.service.workspace.git import NoChanges, git
from postil.service.workspace.languages import language_of
from postil.service.workspace.source import Unreadable, decode_source

# Further back the code is mostly another one, and reading the log takes a minute.
MOST_COMMITS = 20_000
# Lines of a file. With more of them it is more than a fix.
MOST_CHANGED = 40
# Of more files nobody knows which one is the fix.
MOST_FILES = 3
# Functions that nobody has touched for so long are taken to be right; in a young repository for half of its age.
QUIET_SECONDS = 365 * 24 * 3600
# A shorter function says nothing, a longer one takes minutes.
FUNCTION_LINES = (6, 60)
_COMMIT = re.compile(rb"\x00([0-9a-f]{40,64})\x01([^\x01]*)\x01([^\x02]*)\x02")
_BLAMED = re.compile(rb"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A function to read. `key`: the same in every run. A past fix has the unit `before` it and the `wrong` lines of
    that, from 0."""

    key: str
    after: Unit
    before: Unit | None = None
    wrong: tuple[int, ...] = ()

    @property
    def half(self) -> Half:
        """Chance, but the same in every run."""
        return "chooses" if sha256(f"half {self.key}".encode()).digest()[0] % 2 else "reports"


@dataclass(frozen=True, slots=True)
class _Commit:
    name: str
    subject: str
    body: str
    files: tuple[str, ...]


async def past_fixes(root: Path, exclude: Sequence[str] = ()) -> AsyncGenerator[Piece]:
    """The repository's fixes of one function each, the newest first. Nothing where git can't tell."""
    plain = ("--no-merges", "--no-renames", "--no-ext-diff", "--no-textconv")
    # Name, subject and body of a commit end with these signs, which no message has.
    shape = "--format=%x00%H%x01%s%x01%b%x02"
    what = ("--diff-filter=M", "--numstat", "--relative", shape, "HEAD", "--", ".")
    log = await git(root, "-c", "core.quotepath=off", "log", f"-n{MOST_COMMITS}", *plain, *what)
    if isinstance(log, NoChanges):
        return
    seen: set[str] = set()
    for commit in await asyncio.to_thread(_commits, log):
        if not commit.files or not speaks_of_fix(commit.subject, commit.body):
            continue
        if not await asyncio.to_thread(_all_wanted, root, commit.files, exclude):
            continue
        changed: list[tuple[Unit, Unit]] = []
        for path in commit.files:
            before, after = [await _text(root, revision, path) for revision in (f"{commit.name}^", commit.name)]
            if before is not None and after is not None:
                language = language_of(Path(path).name)
                changed += await asyncio.to_thread(changed_functions, before, after, language)
        found = await asyncio.to_thread(mended, changed)
        # A fix that was taken over to another branch is one fix.
        if found is None or max(len(found.before.lines), len(found.after.lines)) > FUNCTION_LINES[1]:
            continue
        if found.before.digest not in seen:
            seen.add(found.before.digest)
            key = f"{commit.name[:12]} {found.before.name}"
            yield Piece(key, found.after, found.before, tuple(sorted(found.rows)))


async def quiet_functions(root: Path, exclude: Sequence[str] = ()) -> AsyncGenerator[Piece]:
    """Functions of HEAD that nobody has touched for long, in an order of chance that is the same in every run."""
    listed = await git(root, "ls-files", "-z")
    ends = await git(root, "log", f"-n{MOST_COMMITS}", "--format=%ct", "HEAD")
    if isinstance(listed, NoChanges) or isinstance(ends, NoChanges):
        return
    times = [int(line) for line in ends.split()]
    if not times:
        return
    before = max(times) - min(QUIET_SECONDS, (max(times) - min(times)) // 2)
    paths = [os.fsdecode(path) for path in listed.split(b"\0") if path]
    for path in sorted(paths, key=lambda one: sha256(one.encode("utf-8", "surrogateescape")).digest()):
        if not await asyncio.to_thread(_wanted, root, path, exclude):
            continue
        text = await _text(root, "HEAD", path)
        if text is None:
            continue
        # Neither a converter nor a file of revisions that the repository's configuration names.
        plain = ("-c", "blame.ignoreRevsFile=", "blame", "--no-textconv", "--porcelain")
        blame = await git(root, *plain, "HEAD", "--", path)
        if isinstance(blame, NoChanges):
            continue
        for unit in await asyncio.to_thread(_quiet_units, text, language_of(Path(path).name), blame, before):
            yield Piece(f"{path} {unit.name} {unit.digest[:12]}", unit)


def _commits(log: bytes) -> list[_Commit]:
    """The commits of a log, with the code that each has changed, tests and other files left aside; none where that is
    too much for a fix."""
    found: list[_Commit] = []
    marks = list(_COMMIT.finditer(log))
    for mark, following in zip_longest(marks, marks[1:]):
        rows = log[mark.end() : following.start() if following is not None else len(log)].split(b"\n")
        files: list[str] = []
        small = True
        for row in rows:
            added, _, rest = row.partition(b"\t")
            removed, _, name = rest.partition(b"\t")
            path = os.fsdecode(name)
            if not (added.isdigit() and removed.isdigit()) or not _is_code(path) or is_test(path):
                continue
            small = small and int(added) + int(removed) <= MOST_CHANGED
            files.append(path)
        fits = small and len(files) <= MOST_FILES
        name, subject, body = (part.decode("utf-8", "replace") for part in mark.groups())
        found.append(_Commit(name, subject, body, tuple(files) if fits else ()))
    return found


def _is_code(path: str) -> bool:
    return language_of(Path(path).name) in GRAMMARS


def _all_wanted(root: Path, paths: Sequence[str], exclude: Sequence[str]) -> bool:
    return all(_wanted(root, path, exclude) for path in paths)


def _wanted(root: Path, path: str, exclude: Sequence[str]) -> bool:
    """Whether the file is code that may be sent to a model. One that is gone by now is judged by its name."""
    if not _is_code(path) or is_test(path):
        return False
    file = root / path
    return not file.is_file() or bool(select([file], root, exclude, named=False).files)


async def _text(root: Path, revision: str, path: str) -> str | None:
    data = await git(root, "cat-file", "blob", f"{revision}:./{path}")
    if isinstance(data, NoChanges):
        return None
    source = decode_source(data)
    return None if isinstance(source, Unreadable) else source.text


def _quiet_units(text: str, language: str, blame: bytes, before: int) -> list[Unit]:
    """The functions whose lines are all older than `before` (seconds since 1970)."""
    times: dict[bytes, int] = {}
    of_row: dict[int, bytes] = {}
    name = b""
    for line in blame.split(b"\n"):
        if (mark := _BLAMED.fullmatch(line + b"\n")) is not None:
            name = mark[1]
            of_row[int(mark[2]) - 1] = name
        elif line.startswith(b"committer-time "):
            times[name] = int(line.split()[1])
    least, most = FUNCTION_LINES
    return [
        unit
        for unit in split_units(text, language)
        if unit.kind in ("function", "method")
        and least <= len(unit.lines) <= most
        and all(times.get(of_row.get(row, b""), before) < before for row in range(unit.first_line, unit.last_line))
    ]
