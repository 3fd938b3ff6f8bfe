"""The state of the server in a few words, for the status bars of clients; and what the user has been told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypedDict, Unpack

from postil.engine.base import EngineError, EngineUnavailable

# More than anybody has read. Messages of a server that never comes to rest may differ in a number each.
MOST_REMEMBERED = 500

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


class StatusFields(TypedDict, total=False):
    """The fields of Status, each of which may be left as it is."""

    state: State
    busy: bool
    engine: str
    model: str
    message: str
    completion: str
    personas: tuple[str, ...]


class StatusReporter:
    """Sends the status when it has changed, and each message once."""

    def __init__(self, send: Callable[[Status], None], message: Callable[[str, bool], None]) -> None:
        """`message` takes a sentence for the user, and whether it is an error."""
        self.status = Status()
        self._send = send
        self._message = message
        self._sent: set[str] = set()
        self._failures: set[str] = set()

    def change(self, **values: Unpack[StatusFields]) -> None:
        status = replace(self.status, **values)
        if status != self.status:
            self.status = status
            self._send(status)

    def message_once(self, message: str, *, error: bool = True) -> None:
        if self.is_new(message):
            self._message(message, error)

    def is_new(self, message: str) -> bool:
        """Whether this is the first time since the last `forget`; from now on it isn't."""
        new = message not in self._sent
        if len(self._sent) >= MOST_REMEMBERED:
            self._sent.clear()
        self._sent.add(message)
        return new

    def failed(self, error: EngineError) -> bool:
        """As `is_new`, for a failure of the engine, which may be reported again once the engine has answered. An engine
        that is away fails each request with other words: that it is away is reported once, the status has the words."""
        failure = "away" if isinstance(error, EngineUnavailable) else str(error)
        new = failure not in self._failures
        self._failures.add(failure)
        return new

    def served(self) -> None:
        """The engine has answered."""
        self._failures.clear()

    def forget(self) -> None:
        """Every message may be sent again."""
        self._sent.clear()
        self._failures.clear()
