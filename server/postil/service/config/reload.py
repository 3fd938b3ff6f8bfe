"""Reads settings, personas and dismissals at the start, and again when the client's settings or a file change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from postil.core.suppression.baseline import Baseline
from postil.service.config import models_file
from postil.service.config.client import ClientConfig
from postil.service.config.load import (
    FILE_NAME,
    FOLDER_SECTIONS,
    ConfigProblem,
    LoadedSettings,
    load_settings,
    user_file,
)
from postil.service.config.watch import Watched, Watcher, concerns
from postil.service.config.workspace import FolderConfig
from postil.service.jobs import Jobs
from postil.service.personas.load import (
    SUFFIX,
    WORKSPACE_FOLDERS,
    PersonaProblem,
    PersonaSet,
    load_personas,
    name_of,
    persona_places,
    user_folder,
)
from postil.service.review import baseline

log = logging.getLogger(__name__)

# Seconds without events before a reload: editors write a file in several steps, and a checkout writes many files. The
# user doesn't notice the delay.
QUIET = 0.15
# Seconds after which a reload starts even if events keep coming.
LONGEST = 1.0


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """The configuration that was read, one entry per folder. `baseline_problems`: why baselines can't be read."""

    client: ClientConfig
    configs: tuple[FolderConfig, ...]
    problems: tuple[ConfigProblem, ...] = ()
    baseline_problems: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[PersonaProblem, ...]:
        """The problems of personas' files, without duplicates."""
        return tuple(dict.fromkeys(problem for config in self.configs for problem in config.personas.problems))


def read_config(client: ClientConfig, last: Mapping[Path | None, PersonaSet]) -> LoadedConfig:
    """All settings, personas and dismissals. For a persona's file that can't be read, the persona in `last` is kept."""
    first = client.folders[0] if client.folders else None
    home = load_settings(user_file=user_file(), workspace=first, client=client.section)
    configs: list[FolderConfig] = []
    trusted = first if home.settings.trust_workspace else None
    models, wrong, _ = models_file.read_models(user_file().parent, trusted)
    problems, baseline_problems = [*home.problems, *wrong], list[str]()
    for folder in client.folders or (None,):
        settings, foreign = home.settings, home.foreign_checks
        if folder is not None and folder != first:
            own = _own(folder, client, first, trusted=settings.trust_workspace)
            problems += own.problems
            foreign = own.foreign_checks
            # The first folder's settings apply to the engine and the process.
            settings = replace(settings, **{name: getattr(own.settings, name) for name in FOLDER_SECTIONS})
        dismissed, why = Baseline(), None
        if folder is not None and settings.trust_workspace:
            dismissed, why = baseline.load(baseline.baseline_file(folder))
        baseline_problems += [why] if why is not None else []
        personas = load_personas(persona_places(folder, trusted=settings.trust_workspace), last.get(folder))
        configs.append(
            FolderConfig(settings, personas, folder, baseline=dismissed, models=models, foreign_checks=foreign)
        )
    return LoadedConfig(client, tuple(configs), tuple(dict.fromkeys(problems)), tuple(baseline_problems))


def _own(folder: Path, client: ClientConfig, first: Path | None, *, trusted: bool) -> LoadedSettings:
    section = client.of_folder.get(folder, client.section)
    return load_settings(user_file=user_file(), workspace=folder, client=section, trusted=trusted, first=first)


def outside() -> tuple[Watched, ...]:
    """The files to watch outside the workspace: the user's own settings, models and personas."""
    own = Watched(user_file().parent, (FILE_NAME, models_file.FILE_NAME).__contains__)
    return (own, Watched(user_folder(), _is_persona))


def inside(workspace: Path) -> tuple[Watched, ...]:
    """The files to watch inside a workspace. Untrusted ones are watched too: trust may be granted later."""
    personas = (Watched(workspace / folder, _is_persona) for folder in WORKSPACE_FOLDERS)
    own = Watched(workspace / baseline.FOLDER, (baseline.NAME, models_file.FILE_NAME).__contains__)
    return (Watched(workspace, FILE_NAME.__eq__), own, *personas)


def _is_persona(name: str) -> bool:
    return name_of(Path(name)) is not None


class Reloader:
    """Reloads the configuration. The client watches the workspace's folders if it can; everything else is watched here.
    `apply` is called on the event loop. `last` returns the personas in use, by folder."""

    def __init__(
        self,
        jobs: Jobs,
        apply: Callable[[LoadedConfig], None],
        last: Callable[[], Mapping[Path | None, PersonaSet]],
    ) -> None:
        self.client = ClientConfig()
        self._jobs = jobs
        self._apply = apply
        self._last = last
        self._client_watches = False
        self._watcher: Watcher | None = None
        self._first: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading = False
        self._again = False

    def client_changed(self, client: ClientConfig) -> None:
        """The client has sent folders and settings. They are applied before this returns."""
        folders_changed = client.folders != self.client.folders
        self.client = client
        self._apply(self._read())
        if folders_changed and self._watcher is not None:
            self.touched()

    def file_changed(self, path: str) -> None:
        """A file may have been written."""
        if concerns(Path(path), (*outside(), *self._inside())):
            self.touched()

    async def watch(self, *, client_watches: bool) -> None:
        """Start to watch for changes that the client doesn't report."""
        loop = asyncio.get_running_loop()

        def touched() -> None:
            # The watcher's thread may briefly outlive the event loop.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.touched)

        self._client_watches = client_watches
        self._watcher = Watcher(touched)
        await asyncio.to_thread(self._watcher.watch, self._watched())
        log.info("watching for changes of personas and settings")
        # Files may have changed between the first read and now.
        self.touched()

    def globs(self) -> tuple[str, ...]:
        """The globs for the client to watch: personas, settings, models, dismissals. The folders are included because,
        when a folder is deleted or renamed, the client reports only the folder."""
        folders = (baseline.FOLDER, *WORKSPACE_FOLDERS)
        own = (f"{baseline.FOLDER}/{name}" for name in (baseline.NAME, models_file.FILE_NAME))
        files = (FILE_NAME, *own, *(f"{one}/*{SUFFIX}" for one in WORKSPACE_FOLDERS))
        return tuple(f"**/{name}" for name in (*folders, *files))

    def touched(self) -> None:
        """Schedule a reload. A burst of changes causes one reload."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._first = self._first if self._first is not None else now
        self._stop_timer()
        self._timer = loop.call_at(min(now + QUIET, self._first + LONGEST), self._due)

    def close(self) -> None:
        self._stop_timer()
        if self._watcher is not None:
            self._watcher.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _due(self) -> None:
        self._first = None
        if self._reading:
            self._again = True
        else:
            self._reading = True
            self._jobs.spawn(self._reload)

    async def _reload(self) -> None:
        try:
            while True:
                self._again = False
                loaded = await asyncio.to_thread(self._read_watched)
                if loaded.client is self.client:
                    self._apply(loaded)
                else:
                    # The client has sent new settings during this read.
                    self.touched()
                if not self._again:
                    return
        finally:
            self._reading = False

    def _read_watched(self) -> LoadedConfig:
        # Watch the folders before reading: a file written after that causes an event.
        if self._watcher is not None:
            self._watcher.watch(self._watched())
        return self._read()

    def _read(self) -> LoadedConfig:
        return read_config(self.client, self._last())

    def _watched(self) -> tuple[Watched, ...]:
        return outside() if self._client_watches else (*outside(), *self._inside())

    def _inside(self) -> tuple[Watched, ...]:
        return tuple(watched for folder in self.client.folders for watched in inside(folder))
