"""Settings and personas of a running server: read, applied and told, at the start and whenever they change."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from postil.service.config.reload import LoadedConfig, Reloader, inside, outside, read_config
from postil.service.config.watch import Watched, Watcher, concerns

if TYPE_CHECKING:
    from postil.lsp.server import PostilServer

log = logging.getLogger(__name__)

# More than a message box holds; the rest shows once these are mended.
SHOWN_PROBLEMS = 5


class Reloading:
    """Inside the workspace's folders the client watches, where it can; elsewhere, and where it can't, we do."""

    def __init__(self, server: PostilServer) -> None:
        self._server = server
        self._reloader = Reloader(server.open_session().jobs, self._read_watched, self._reloaded)
        self._watcher: Watcher | None = None

    def now(self) -> None:
        """Read and apply before anything else happens: the client says something else, or it is the start."""
        self._apply(self._read())

    def moved(self) -> None:
        """Other folders count: their files are read now, and are watched from now on."""
        self.now()
        self._reloader.touched()

    def touched(self, path: str) -> None:
        """A file of the client's may have changed."""
        if concerns(Path(path), (*outside(), *self._inside())):
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
        return outside() if self._server.capabilities.watch_files else (*outside(), *self._inside())

    def _inside(self) -> tuple[Watched, ...]:
        return tuple(watched for folder in self._server.client_config.folders for watched in inside(folder))

    def _read_watched(self) -> LoadedConfig:
        # The folders first: a file that is written after that is an event, one before is read now.
        if self._watcher is not None:
            self._watcher.watch(self._watched())
        return self._read()

    def _reloaded(self, loaded: LoadedConfig) -> None:
        if loaded.given is self._server.client_config:
            self._apply(loaded)
        else:
            # The client has said something else while this was read.
            self._reloader.touched()

    def _read(self) -> LoadedConfig:
        session = self._server.session
        last = {config.workspace: config.personas for config in session.config} if session is not None else {}
        return read_config(self._server.client_config, last)

    def _apply(self, loaded: LoadedConfig) -> None:
        from postil import logs

        server, session = self._server, self._server.session
        if session is None:
            return
        home = loaded.configs[0]
        log.info("personas and settings read: %d personas", len(home.personas.personas))
        server.refused.clear()
        logs.set_up(home.settings.log_level)
        session.adopt(*loaded.configs)
        server.modelfiles.on_disk(loaded.broken)
        for wrong in loaded.wrong:
            if session.reporter.first(wrong):
                server.tell(wrong)
        if loaded.problems != server.settings_problems:
            server.settings_problems = loaded.problems
            if loaded.problems:
                server.tell("settings: " + "; ".join(str(problem) for problem in loaded.problems[:SHOWN_PROBLEMS]))
