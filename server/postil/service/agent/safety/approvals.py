"""What the user has agreed to for ever: one small file for each answer, in their state folder, by workspace.

Nothing in a workspace can name, write or move these files. A file that can't be read approves nothing, and it is said.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from postil.core.agent.approval.commands import Shape
from postil.core.agent.approval.rules import Kept
from postil.service.workspace.atomic import write_whole

# Of one workspace; what is beyond is not read, and so not approved.
MOST = 500
_MOST_BYTES = 16_000


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a file holds. `at`: seconds since 1970."""

    version: Literal[1]
    workspace: str
    kind: Literal["edit", "run", "mcp"]
    at: float
    words: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    paths: bool = False
    tool: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """One answer. `at`: when it was given, in seconds since 1970."""

    workspace: str
    kept: Kept
    at: float
    file: Path


@dataclass(frozen=True, slots=True)
class Approvals:
    """`broken`: files that approve nothing because they can't be read, each with the reason."""

    kept: tuple[Approval, ...] = ()
    broken: tuple[tuple[Path, str], ...] = ()

    @property
    def rules(self) -> tuple[Kept, ...]:
        return tuple(one.kept for one in self.kept)

    def words(self) -> str:
        """A sentence about the broken files for people; "" where there are none."""
        if not self.broken:
            return ""
        file, why = self.broken[0]
        more = f" (and {len(self.broken) - 1} more)" if len(self.broken) > 1 else ""
        return (
            f"a kept approval can't be read and approves nothing: {file}: {why}{more}. `postil agent approvals --all`"
            + (" removes it")
        )


def approvals(workspace: Path) -> Approvals:
    """What is agreed to in a workspace."""
    return _read([_folder(workspace)])


def every_approval() -> Approvals:
    """In all workspaces, by workspace and time."""
    try:
        folders = sorted(path for path in _top().iterdir() if path.is_dir())
    except OSError:
        return Approvals()
    return _read(folders)


def approve(workspace: Path, kept: Kept) -> None:
    """Keep an answer. Raises OSError, and ValueError for what may not be kept."""
    if kept.kind not in ("edit", "run", "mcp") or (kept.kind == "run") != (kept.shape is not None):
        raise ValueError(f"an answer about {kept.kind} isn't kept")
    root = os.path.realpath(workspace)
    shape = kept.shape or Shape(())
    said = _File(1, root, kept.kind, time.time(), shape.words, shape.rest, shape.paths, kept.tool, kept.server)
    text = msgspec.json.format(msgspec.json.encode(said)).decode()
    if len(text.encode()) > _MOST_BYTES:
        raise ValueError("it is too long to be kept")
    key = sha256(repr(kept).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    write_whole(_folder(workspace) / f"{key}.json", text + "\n", private=True)


def revoke(file: Path) -> None:
    """Take an answer back, or remove a broken file. Raises OSError."""
    file.unlink(missing_ok=True)


def _read(folders: list[Path]) -> Approvals:
    kept: list[Approval] = []
    broken: list[tuple[Path, str]] = []
    for folder in folders:
        try:
            files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            continue
        except OSError as error:
            broken.append((folder, error.strerror or str(error)))
            continue
        for file in files[:MOST]:
            try:
                kept.append(_approval(file))
            except OSError as error:
                broken.append((file, error.strerror or str(error)))
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                broken.append((file, str(error)))
    kept.sort(key=lambda one: (one.workspace, one.at))
    return Approvals(tuple(kept), tuple(broken))


def _approval(file: Path) -> Approval:
    with file.open("rb") as opened:
        data = opened.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError("it is too large")
    said = msgspec.json.decode(data, type=_File)
    if _digest(said.workspace) != file.parent.name:
        raise ValueError("it is of another workspace")
    shape = Shape(said.words, said.rest, said.paths) if said.kind == "run" else None
    return Approval(said.workspace, Kept(said.kind, shape, said.tool, said.server), said.at, file)


def _top() -> Path:
    return platformdirs.user_state_path("postil", appauthor=False) / "agent" / "approvals"


def _folder(workspace: Path) -> Path:
    return _top() / _digest(os.path.realpath(workspace))


def _digest(workspace: str) -> str:
    return sha256(workspace.encode("utf-8", "surrogatepass")).hexdigest()[:32]
