"""The server's state for the status bars of clients, and which messages the user has already seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypedDict, Unpack

from postil.engine.base import EngineError, EngineUnavailable
from postil.service.failures import unexpected

# Limits the memory of a long-running server, whose messages may each differ in a number.
MOST_REMEMBERED = 500

State = Literal["starting", "ready", "busy", "error"]


@dataclass(frozen=True, slots=True)
class Status:
    """The parameters of `postil/status`. `message`: "", or a sentence that says what the user can do. `completion`: "",
    or why the latest completion has no result. `personas`: the names of the enabled review personas. `unread`: units
    that the latest review could not review; without a note there, nobody has approved them. `why`: which model reviews
    on which engine and why, and `ghost` which writes completions; "" before the first. `check`: what a check of
    the project does, or has said after the latest save; "" without one. `index`: what is being indexed; "" if nothing
    is."""

    state: State = "starting"
    busy: bool = False
    engine: str = ""
    model: str = ""
    message: str = ""
    completion: str = ""
    personas: tuple[str, ...] = ()
    unread: int = 0
    why: str = ""
    ghost: str = ""
    check: str = ""
    index: str = ""


class StatusFields(TypedDict, total=False):
    """The fields of Status, all optional: an omitted field keeps its value."""

    state: State
    busy: bool
    engine: str
    model: str
    message: str
    completion: str
    personas: tuple[str, ...]
    unread: int
    why: str
    ghost: str
    check: str
    index: str


class StatusReporter:
    """Sends the status when it changes, and each message only once."""

    def __init__(self, send: Callable[[Status], None], message: Callable[[str, bool], None]) -> None:
        """`message` takes a sentence for the user and whether it is an error."""
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
        """Whether the message is new since the last `forget`. The call records it."""
        new = message not in self._sent
        if len(self._sent) >= MOST_REMEMBERED:
            self._sent.clear()
        self._sent.add(message)
        return new

    def failed(self, error: EngineError) -> bool:
        """Whether a failure of the engine is new since its last answer. The call records it. An unreachable engine
        fails with varying texts, so all of them count as one failure; the status shows the latest text."""
        failure = "away" if isinstance(error, EngineUnavailable) else str(error)
        new = failure not in self._failures
        self._failures.add(failure)
        return new

    def unexpected(self, error: Exception) -> str:
        """Tell the user of an exception that nobody foresaw, whose traceback is in the log. Returns the sentence."""
        message = str(unexpected(error))
        self.change(state="error", busy=False, message=message)
        self.message_once(message)
        return message

    def served(self) -> None:
        """The engine has answered: its failures may be reported again."""
        self._failures.clear()

    def forget(self) -> None:
        """Every message may be sent again."""
        self._sent.clear()
        self._failures.clear()
