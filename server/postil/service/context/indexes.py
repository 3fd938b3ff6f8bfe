"""The indexes of a session's folders: which folders have one, which of them a path concerns, what they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from postil.core.syntax.languages import languages
from postil.core.syntax.tree import GRAMMARS
from postil.service.config.client import innermost
from postil.service.config.workspace import WorkspaceConfig
from postil.service.context.index.store import Store
from postil.service.context.keeper import IndexKeeper
from postil.service.context.scanning.scan import limits_of
from postil.service.jobs import Jobs
from postil.service.workspace.files import IGNORE_FILES

T = TypeVar("T")


class Indexes:
    """One keeper for each trusted folder whose settings want an index."""

    def __init__(self, jobs: Jobs, tell: Callable[[str], None]) -> None:
        """`tell` takes what is being done, "" when nothing is."""
        self._jobs = jobs
        self._tell = tell
        self._keepers: dict[Path, IndexKeeper] = {}

    def use(self, config: WorkspaceConfig) -> None:
        """Begin, go on or end, as these settings say."""
        wanted = {
            one.workspace: limits_of(one.settings.index)
            for one in config
            if one.workspace is not None and one.settings.index.enabled and one.settings.trust_workspace
        }
        for folder, keeper in list(self._keepers.items()):
            if wanted.get(folder) != keeper.limits:
                keeper.close()
                del self._keepers[folder]
        for folder, limits in wanted.items():
            if folder not in self._keepers:
                self._keepers[folder] = IndexKeeper(folder, limits, self._jobs, self._told)
                self._keepers[folder].start()

    def changed(self, path: str) -> None:
        """A file may have been written, or a folder may have gone."""
        folder = innermost(tuple(self._keepers), path)
        if folder is not None:
            self._keepers[folder].changed((Path(path),))

    async def ask(self, path: str, question: Callable[[Store, str], T]) -> T | None:
        """What a question of `query` gives about the document at `path`: it gets the index of its folder and the path
        there. None if that folder has no index."""
        folder = innermost(tuple(self._keepers), path)
        if folder is None:
            return None
        name = Path(path).relative_to(folder).as_posix()
        return await self._keepers[folder].ask(lambda store: question(store, name))

    def globs(self) -> tuple[str, ...]:
        """What the client is to watch: code with a grammar, and what says which files may be read. None without an
        index."""
        if not self._keepers:
            return ()
        endings = sorted(ending for name in GRAMMARS for ending in languages().endings.get(name, ()))
        return (f"**/*.{{{','.join(endings)}}}", *(f"**/{name}" for name in IGNORE_FILES))

    def close(self) -> None:
        for keeper in self._keepers.values():
            keeper.close()

    def _told(self) -> None:
        states = [f"indexing {folder.name}: {keeper.state}" for folder, keeper in self._keepers.items() if keeper.state]
        self._tell("; ".join(states))
