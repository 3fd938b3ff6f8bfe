"""The state of the server in a few words, for the status bars of clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["starting", "ready", "busy", "error"]


@dataclass(frozen=True, slots=True)
class Status:
    """What `postil/status` carries. `message` is "" or one sentence with the next step; `completion` is "" or why the
    latest completion has no answer."""

    state: State = "starting"
    busy: bool = False
    engine: str = ""
    model: str = ""
    message: str = ""
    completion: str = ""
