"""The indexes of a session's folders: which folders have one, which of them a path concerns, what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from postil.core.request import Snippet
from postil.core.syntax.languages import languages
from postil.core.syntax.tree import GRAMMARS
from postil.service.config.client import innermost
from postil.service.config.workspace import WorkspaceConfig
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.store import Store
from postil.service.context.keeper import IndexKeeper
from postil.service.context.scanning.scan import limits_of
from postil.service.engines import EngineHolder, embedding_by
from postil.service.jobs import Jobs
from postil.service.workspace.files import IGNORE_FILES, Listing
from postil.settings import Settings

T = TypeVar("T")


class Indexes:
    """One keeper for each trusted folder whose settings want an index."""

    def __init__(self, jobs: Jobs, tell: Callable[[str], None], engines: EngineHolder | None = None) -> None:
        """`tell` takes what is being done, "" when nothing is. Without `engines` no vectors are made."""
        self._jobs = jobs
        self._tell = tell
        self._engines = engines
        self._settings = Settings()
        self._keepers: dict[Path, IndexKeeper] = {}

    def use(self, config: WorkspaceConfig) -> None:
        """Begin, go on or end, as these settings say."""
        before, self._settings = embedding_by(self._settings), config.home.settings
        wanted = {
            one.workspace: limits_of(one.settings)
            for one in config
            if one.workspace is not None and one.settings.index.enabled and one.settings.trust_workspace
        }
        for folder, keeper in list(self._keepers.items()):
            if wanted.get(folder) != keeper.limits:
                keeper.close()
                del self._keepers[folder]
        for folder, limits in wanted.items():
            if folder not in self._keepers:
                self._keepers[folder] = IndexKeeper(folder, limits, self._jobs, self._told, self._embedding)
                self._keepers[folder].start()
            elif before != embedding_by(self._settings):
                self._keepers[folder].fill(anew=True)

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

    async def readable(self, path: str, found: tuple[Snippet, ...]) -> tuple[Snippet, ...]:
        """Those of the pieces, found for the document at `path`, whose files may be read now: a rule of an ignore file
        may be newer than the index."""
        folder = innermost(tuple(self._keepers), path)
        if folder is None or not found:
            return ()
        exclude = self._keepers[folder].limits.exclude

        def allowed() -> tuple[Snippet, ...]:
            listing = Listing(folder, exclude)
            return tuple(one for one in found if listing.reason(folder / one.path) is None)

        return await asyncio.to_thread(allowed)

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

    async def _embedding(self) -> EmbeddingModel | None:
        """The model that the settings name for vectors, if it is there. Raises an EngineError."""
        found = await self._engines.embedder(self._settings) if self._engines is not None else None
        return EmbeddingModel(*found) if found is not None else None

    def _told(self) -> None:
        states = [f"indexing {folder.name}: {keeper.state}" for folder, keeper in self._keepers.items() if keeper.state]
        self._tell("; ".join(states))
