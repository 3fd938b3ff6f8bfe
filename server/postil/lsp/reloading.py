"""Settings and personas of a running server: read, applied and told, at the start and whenever they change."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from postil.service.reload import Reloader, World, inside, outside, read_world
from postil.service.watch import Watched, Watcher, concerns

if TYPE_CHECKING:
    from postil.lsp.server import PostilServer

log = logging.getLogger(__name__)

# More than a message box holds; the rest shows once these are mended.
SHOWN_PROBLEMS = 5


class Reloading:
    """Inside the workspace the client watches, where it can; elsewhere, and where it can't, we do."""

    def __init__(self, server: PostilServer) -> None:
        self._server = server
        self._reloader = Reloader(server.open_session().jobs, self._read_watched, self._reloaded)
        self._watcher: Watcher | None = None

    def now(self) -> None:
        """Read and apply before anything else happens: other settings of the client, or the start."""
        self._apply(self._read())

    def touched(self, path: str) -> None:
        """A file of the client's may have changed."""
        folder = self._server.folder
        if concerns(Path(path), (*outside(), *(inside(folder) if folder is not None else ()))):
            self._reloader.touched()

    async def watch(self) -> None:
        """From now on, changes that no client tells are seen too."""
        loop = asyncio.get_running_loop()

        def touched() -> None:
            # The watcher's thread may outlive the loop by a moment.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._reloader.touched)

        self._watcher = Watcher(touched)
        await asyncio.to_thread(self._watcher.watch, self._watched())
        log.info("watching for changes of personas and settings")
        # What changed between the first reading and now.
        self._reloader.touched()

    def close(self) -> None:
        self._reloader.close()
        if self._watcher is not None:
            self._watcher.close()

    def _watched(self) -> tuple[Watched, ...]:
        folder = self._server.folder
        ours = folder is not None and not self._server.abilities.watch_files
        return (*outside(), *(inside(folder) if folder is not None and ours else ()))

    def _read_watched(self) -> World:
        # The folders first: a file that is written after that is an event, one before is read now.
        if self._watcher is not None:
            self._watcher.watch(self._watched())
        return self._read()

    def _reloaded(self, world: World) -> None:
        if world.client is self._server.given:
            self._apply(world)
        else:
            # The client has said something else while this was read.
            self._reloader.touched()

    def _read(self) -> World:
        session = self._server.session
        return read_world(self._server.folder, self._server.given, session.personas if session is not None else None)

    def _apply(self, world: World) -> None:
        from postil import logs

        server, loaded = self._server, world.settings
        session = server.session
        if session is None:
            return
        log.info("personas and settings read: %d personas", len(world.personas.personas))
        server.refused.clear()
        logs.set_up(loaded.settings.log_level)
        # Before what is read anew: its prompts tell what was dismissed.
        session.judged(world.baseline)
        session.adopt(loaded.settings, world.personas)
        server.modelfiles.on_disk(world.personas.problems)
        if world.wrong is not None and session.board.first(world.wrong):
            server.tell(world.wrong)
        if loaded.problems != server.settings_problems:
            server.settings_problems = loaded.problems
            if loaded.problems:
                server.tell("settings: " + "; ".join(str(problem) for problem in loaded.problems[:SHOWN_PROBLEMS]))
