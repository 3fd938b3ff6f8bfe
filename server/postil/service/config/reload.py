"""Settings, personas and dismissals read anew while the server runs: one read for a burst of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from postil.core.suppression.baseline import Baseline
from postil.service.config.client import ClientConfig
from postil.service.config.folder import FolderConfig
from postil.service.config.load import (
    FILE_NAME,
    FOLDER_SECTIONS,
    ConfigProblem,
    LoadedSettings,
    load_settings,
    user_file,
)
from postil.service.config.watch import Watched
from postil.service.jobs import Jobs
from postil.service.personas.load import (
    WORKSPACE_FOLDERS,
    PersonaProblem,
    PersonaSet,
    load_personas,
    name_of,
    persona_places,
    user_folder,
)
from postil.service.review import baseline

# Editors write a file in several steps, and a checkout many files: quiet for this long means done. A person doesn't
# see it.
QUIET = 0.15
# Something that writes for ever must not hold a reload up for ever.
LONGEST = 1.0


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """What files and client say now, folder by folder; `wrong`: why baselines can't be read."""

    given: ClientConfig
    configs: tuple[FolderConfig, ...]
    problems: tuple[ConfigProblem, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[PersonaProblem, ...]:
        """What is wrong with personas' files, each once."""
        return tuple(dict.fromkeys(problem for config in self.configs for problem in config.personas.problems))


def read_config(given: ClientConfig, last: Mapping[Path | None, PersonaSet]) -> LoadedConfig:
    """All settings, personas and dismissals; `last`, by folder, is what a broken file keeps from."""
    first = given.folders[0] if given.folders else None
    home = load_settings(user_file=user_file(), workspace=first, client=given.section)
    configs, problems, wrong = [], list(home.problems), []
    for folder in given.folders or (None,):
        settings = home.settings
        if folder != first:
            own = _own(folder, given, first, trusted=settings.trust_workspace)
            problems += own.problems
            # The engine and the process are the first folder's.
            settings = replace(settings, **{name: getattr(own.settings, name) for name in FOLDER_SECTIONS})
        known: Baseline
        known, why = Baseline(), None
        if folder is not None and settings.trust_workspace:
            known, why = baseline.load(baseline.baseline_file(folder))
        wrong += [why] if why is not None else []
        personas = load_personas(persona_places(folder, trusted=settings.trust_workspace), last.get(folder))
        configs.append(FolderConfig(settings, personas, folder, baseline=known))
    return LoadedConfig(given, tuple(configs), tuple(dict.fromkeys(problems)), tuple(wrong))


def _own(folder: Path, given: ClientConfig, first: Path | None, *, trusted: bool) -> LoadedSettings:
    client = given.of_folder.get(folder, given.section)
    return load_settings(user_file=user_file(), workspace=folder, client=client, trusted=trusted, first=first)


def outside() -> tuple[Watched, ...]:
    """What is watched outside the workspace: the user's own settings and personas."""
    return (Watched(user_file().parent, FILE_NAME.__eq__), Watched(user_folder(), _is_persona))


def inside(workspace: Path) -> tuple[Watched, ...]:
    """What is watched inside the workspace, trusted or not: trust may come later."""
    personas = (Watched(workspace / folder, _is_persona) for folder in WORKSPACE_FOLDERS)
    judged = Watched(workspace / baseline.FOLDER, baseline.NAME.__eq__)
    return (Watched(workspace, FILE_NAME.__eq__), judged, *personas)


def _is_persona(name: str) -> bool:
    return name_of(Path(name)) is not None


class Reloader:
    """`read` runs in a thread, `apply` on the event loop; `touched` is called there too."""

    def __init__(self, jobs: Jobs, read: Callable[[], LoadedConfig], apply: Callable[[LoadedConfig], None]) -> None:
        self._jobs = jobs
        self._read = read
        self._apply = apply
        self._first: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading = False
        self._again = False

    def touched(self) -> None:
        """A file may have changed."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._first = self._first if self._first is not None else now
        self.close()
        self._timer = loop.call_at(min(now + QUIET, self._first + LONGEST), self._due)

    def close(self) -> None:
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
                self._apply(await asyncio.to_thread(self._read))
                if not self._again:
                    return
        finally:
            self._reading = False
