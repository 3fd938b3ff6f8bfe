"""Where a conversation works: a folder, its settings, what may be read there, and the texts as the editor has them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from postil.core.agent.budget import Meter
from postil.service.agent.door import Door
from postil.service.agent.tools.base import ToolTrouble
from postil.service.review.context import ReviewContext
from postil.service.workspace.files import Listing, refusal
from postil.service.workspace.source import Unreadable, read_source
from postil.settings import Settings

# Files that a list or a search looks at; a workspace may have a million.
MOST_FILES = 20_000


@dataclass(slots=True)
class Workplace:
    """`folder`: real path. `trusted`: else only what is open in the editor is read, and nothing is done. `foreign`: the
    checks that not only the user's own file names. `opened` gives the engine and model for fixes and reviews."""

    folder: Path
    settings: Settings
    door: Door
    meter: Meter
    opened: Callable[[], Awaitable[ReviewContext]]
    trusted: bool = True
    foreign: frozenset[str] = frozenset()
    # Paths relative to the folder that were read or written, in their order.
    touched: dict[str, str] = field(default_factory=dict[str, str])

    def resolve(self, given: str) -> Path:
        """The file or folder that a model means. Raises ToolTrouble for one outside of the workspace."""
        text = given.strip().strip("`'\"").replace("\\", "/").removeprefix("file://")
        if "\0" in text or len(text) > 2_000:
            raise ToolTrouble("that is no path")
        path = Path(os.path.realpath(self.folder / text))
        if path != self.folder and self.folder not in path.parents:
            inside = Path(os.path.realpath(self.folder / text.lstrip("/")))
            if text.startswith("/") and self.folder in inside.parents and inside.exists():
                return inside
            raise ToolTrouble(f"{given} is outside of the workspace: use a path relative to it")
        return path

    def name(self, path: Path) -> str:
        """Relative to the workspace, with slashes."""
        return path.relative_to(self.folder).as_posix() if path != self.folder else "."

    async def text(self, given: str) -> tuple[Path, str]:
        """A file's text, unsaved changes included. Raises ToolTrouble: there is none, or it may not be read."""
        path = self.resolve(given)
        reason = await asyncio.to_thread(refusal, path.as_uri(), self.folder, tuple(self.settings.review.exclude))
        if reason is not None:
            raise ToolTrouble(f"{self.name(path)} may not be read: {reason}")
        there = await self.door.text_of(path)
        if there is not None:
            return path, there
        if not self.trusted:
            raise ToolTrouble("this workspace isn't trusted: only files that are open in the editor can be read")
        if path.is_dir():
            raise ToolTrouble(f"{self.name(path)} is a folder: list it")
        if not path.is_file():
            near = await asyncio.to_thread(self._alike, path.name)
            hint = f": did you mean {', '.join(near)}?" if near else ": list or find shows what there is"
            raise ToolTrouble(f"there is no file {given}{hint}")
        source = await asyncio.to_thread(read_source, path)
        if isinstance(source, Unreadable):
            raise ToolTrouble(f"{self.name(path)} can't be read: {source.reason}")
        return path, source.text

    def files(self, below: Path | None = None) -> Iterator[Path]:
        """The files that may be read."""
        listing = Listing(self.folder, tuple(self.settings.review.exclude))
        found = (path for path, reason in listing.below(below or self.folder) if reason is None)
        yield from islice(found, MOST_FILES)

    def need_trust(self) -> None:
        """Raises ToolTrouble in a workspace that isn't trusted."""
        if not self.trusted:
            raise ToolTrouble("this workspace isn't trusted: the user must trust it first")

    def _alike(self, name: str) -> list[str]:
        wanted = name.lower()
        return [self.name(path) for path in self.files() if path.name.lower() == wanted][:3]
