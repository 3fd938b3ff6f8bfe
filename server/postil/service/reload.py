"""Settings, personas and dismissals read anew while the server runs: one read for a burst of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from postil.core.baseline import Baseline
from postil.service import baseline
from postil.service.config import FILE_NAME, LoadedSettings, load_settings, user_file
from postil.service.jobs import Jobs
from postil.service.personas import (
    WORKSPACE_FOLDERS,
    PersonaSet,
    load_personas,
    name_of,
    persona_places,
    user_folder,
)
from postil.service.watch import Watched

# Editors write a file in several steps, and a checkout many files: quiet for this long means done. A person doesn't
# see it.
QUIET = 0.15
# Something that writes for ever must not hold a reload up for ever.
LONGEST = 1.0


@dataclass(frozen=True, slots=True)
class World:
    """What files and client say now; `wrong`: why the baseline can't be read."""

    client: Mapping[str, Any]
    settings: LoadedSettings
    personas: PersonaSet
    baseline: Baseline = field(default_factory=Baseline)
    wrong: str | None = None


def read_world(workspace: Path | None, client: Mapping[str, Any], last: PersonaSet | None) -> World:
    """All settings, personas and dismissals; `last` is what a broken file keeps from."""
    loaded = load_settings(user_file=user_file(), workspace=workspace, client=client)
    trusted = loaded.settings.trust_workspace
    known: Baseline
    known, wrong = Baseline(), None
    if workspace is not None and trusted:
        known, wrong = baseline.load(baseline.baseline_file(workspace))
    personas = load_personas(persona_places(workspace, trusted=trusted), last)
    return World(client, loaded, personas, known, wrong)


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

    def __init__(self, jobs: Jobs, read: Callable[[], World], apply: Callable[[World], None]) -> None:
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
