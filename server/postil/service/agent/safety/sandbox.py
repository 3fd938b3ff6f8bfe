"""How commands are confined on this system, and what that means in a sentence; the words that start one so.

Linux: Landlock, by a small program that confines itself and becomes the command (`plugins/landlock.py`). It allows, and
can't take out a part of what it allows. So where a folder holds a `.git`, its other entries are allowed one by one:
a command then makes no new files directly in that folder, only below its other folders. macOS: `sandbox-exec`, which
can take out a part; nobody has tried it on a Mac yet. Elsewhere: limits of time and output only.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from postil import private
from postil.service.agent.safety.inside import is_gits

# full: writes outside and TCP are refused. partial: an older Linux. untried: macOS's. none: limits only.
Kind = Literal["full", "partial", "untried", "none"]

# Further down nobody keeps a repository inside another one.
_DEPTH, _MOST_ENTRIES = 3, 20_000
# Folders that tools make at the top: made before, and removed again when they stay empty.
_MADE = (".pytest_cache", ".mypy_cache", ".ruff_cache")
_MADE_BESIDE = {"Cargo.toml": "target", "pom.xml": "target"}
# Above what the user's programs have already.
_PROCESSES, _FILE_BYTES = 512, 4 << 30
_WRAPPER = Path(__file__).parents[3] / "plugins" / "landlock.py"
_WRITES = "Commands can write only in the workspace (not in .git) and a temporary folder"
_NOT_HELD = "They can read what you can read"


@dataclass(frozen=True, slots=True)
class Confinement:
    """`sentence`: what a command can and can't do here, for people."""

    kind: Kind
    sentence: str


class _Policy(msgspec.Struct, frozen=True):
    """What `plugins/landlock.py` reads."""

    confine: bool
    write: list[str]
    devices: list[str]
    tcp: bool
    processes: int
    file_bytes: int


@cache
def landlock_abi() -> int:
    """The version of the kernel's Landlock; 0 = there is none, or it is switched off."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def confinement(abi: int | None = None, system: str = sys.platform) -> Confinement:
    """What confines commands on this system."""
    if system == "linux":
        abi = landlock_abi() if abi is None else abi
        if abi >= 4:
            return Confinement("full", f"{_WRITES}, and make no TCP connections. {_NOT_HELD}, and send UDP.")
        if abi == 3:
            why = "the network is open to them: this Linux is older than 6.7"
            return Confinement("partial", f"{_WRITES}, but {why}. {_NOT_HELD}.")
        if abi >= 1:
            why = "they can empty files elsewhere, and the network is open to them: this Linux is older than 6.2"
            return Confinement("partial", f"{_WRITES}, but {why}. {_NOT_HELD}.")
        return Confinement("none", "Commands run with all your rights: this Linux has no Landlock. Look at each one.")
    if system == "darwin" and shutil.which("sandbox-exec"):
        return Confinement("untried", "Commands run in macOS's sandbox-exec, which Postil's makers haven't tried.")
    return Confinement("none", "Commands run with all your rights: this system has no sandbox that Postil can use.")


def sandboxed(argv: Sequence[str], root: Path, temporary: Path, *, network: bool = False) -> tuple[str, ...]:
    """The words that start a command confined to a workspace and a temporary folder of its own. Raises OSError."""
    how = confinement()
    if how.kind == "untried":
        return ("sandbox-exec", "-p", seatbelt(root, temporary, network), *argv)
    if os.name != "posix":
        return tuple(argv)
    write = [str(temporary), *map(str, writable(root))] if how.kind != "none" else []
    policy = _Policy(how.kind != "none", write, ["/dev/null"], network, _PROCESSES + _processes(), _FILE_BYTES)
    file = temporary / "policy.json"
    with open(file, "wb", opener=private.opener) as out:
        out.write(msgspec.json.encode(policy))
    # -I and -S: nothing of the workspace or of an environment is imported.
    return (sys.executable, "-I", "-S", str(_WRAPPER), str(file), *argv)


def writable(root: Path) -> list[Path]:
    """What may be written of a workspace: all of it, but for what is git's."""
    budget = [_MOST_ENTRIES]
    found = _writable(root, _DEPTH, budget)
    return [root] if found is None else found


def made_before(root: Path) -> list[Path]:
    """Folders that a command may want to make where Landlock wouldn't let it, made. Raises OSError."""
    if landlock_abi() == 0 or not (root / ".git").exists():
        return []
    names = [*_MADE, *(name for file, name in _MADE_BESIDE.items() if (root / file).is_file())]
    made: list[Path] = []
    for name in dict.fromkeys(names):
        folder = root / name
        if not os.path.lexists(folder):
            folder.mkdir()
            made.append(folder)
    return made


def seatbelt(root: Path, temporary: Path, network: bool) -> str:
    """A profile for sandbox-exec; the last rule that fits decides."""

    def quoted(path: Path) -> str:
        return '"' + os.path.realpath(path).replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [
        "(version 1)",
        "(allow default)",
        "(deny file-write*)",
        f'(allow file-write* (subpath {quoted(root)}) (subpath {quoted(temporary)}) (literal "/dev/null"))',
        '(deny file-write* (regex #"/\\.[gG][iI][tT](/|$)"))',
    ]
    return "\n".join(lines if network else [*lines, "(deny network*)"])


def _writable(folder: Path, depth: int, budget: list[int]) -> list[Path] | None:
    """None: all of the folder."""
    entries = list(_entries(folder, budget))
    parts: list[Path] = []
    split = any(is_gits(entry.name) for entry in entries)
    for entry in entries:
        if is_gits(entry.name) or entry.is_symlink():
            continue
        below = (
            _writable(Path(entry.path), depth - 1, budget) if depth and entry.is_dir(follow_symlinks=False) else None
        )
        split = split or below is not None
        parts += [Path(entry.path)] if below is None else below
    return parts if split else None


def _entries(folder: Path, budget: list[int]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                budget[0] -= 1
                # At the top all are looked at, whatever there is.
                if budget[0] < 0 and not is_gits(entry.name):
                    continue
                yield entry
    except OSError:
        # What can't be read can't be allowed in part either.
        return


def _processes() -> int:
    """How many processes, threads included, the user has now: the limit counts them all."""
    own, count = os.getuid(), 0
    try:
        with os.scandir("/proc") as entries:
            for entry in entries:
                if entry.name.isdecimal():
                    try:
                        if entry.stat().st_uid == own:
                            count += sum(1 for _ in Path(f"/proc/{entry.name}/task").iterdir())
                    except OSError:
                        # It has ended meanwhile.
                        continue
    except OSError:
        return 4096
    return count
