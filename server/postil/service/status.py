"""The state of the server in a few words, for the status bars of clients; and what the user has been told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from postil.engine.base import EngineError, EngineUnavailable

# More than anybody has read. Messages of a server that never comes to rest may differ in a number each.
MOST_TOLD = 500

State = Literal["starting", "ready", "busy", "error"]


@dataclass(frozen=True, slots=True)
class Status:
    """What `postil/status` carries. `message` is "" or one sentence with the next step; `completion` is "" or why the
    latest completion has no answer; `personas` are the names of the review personas that are on."""

    state: State = "starting"
    busy: bool = False
    engine: str = ""
    model: str = ""
    message: str = ""
    completion: str = ""
    personas: tuple[str, ...] = ()


class StatusReporter:
    """Tells a status when it has changed, and a sentence once."""

    def __init__(self, changed: Callable[[Status], None], tell: Callable[..., None]) -> None:
        self.status = Status()
        self._changed = changed
        self._tell = tell
        self._told: set[str] = set()
        self._failures: set[str] = set()

    def change(self, **values: Any) -> None:
        """Fields of Status."""
        status = replace(self.status, **values)
        if status != self.status:
            self.status = status
            self._changed(status)

    def tell_once(self, message: str, *, error: bool = True) -> None:
        if self.first(message):
            self._tell(message, error=error)

    def first(self, message: str) -> bool:
        """Whether this has not been told since the last `forget`; from now on it has."""
        fresh = message not in self._told
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told.add(message)
        return fresh

    def failed(self, error: EngineError) -> bool:
        """As `first`, of a failure of the engine, which may be told again when it has served since. One that is away
        fails each request in its own words: that it is away is told once, the status has the words."""
        failure = "away" if isinstance(error, EngineUnavailable) else str(error)
        fresh = failure not in self._failures
        self._failures.add(failure)
        return fresh

    def served(self) -> None:
        """The engine has done what it was asked for."""
        self._failures.clear()

    def forget(self) -> None:
        """What was told may be told again."""
        self._told.clear()
        self._failures.clear()
