"""Who decides and what is kept where nothing outlasts a conversation: each change is asked about, each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from postil.core.agent.permission import PermissionRequest
from postil.service.agent.door import Door
from postil.service.agent.gate import Decision

# ask: only reading. edit: edits and runs are asked about. auto: edits within the workspace go without a question.
Mode = Literal["ask", "edit", "auto"]


class AskingGate:
    """The Gate of a conversation with a user. `mode` may be set at any time."""

    def __init__(
        self, workspace: Path, door: Door, *, trusted: bool, mode: Mode = "edit", tell: Callable[[str], None]
    ) -> None:
        self.mode: Mode = mode
        self._door = door
        self._trusted = trusted

    async def decide(self, request: PermissionRequest) -> Decision:
        if request.kind == "read" or (request.kind == "check" and not request.argv):
            return Decision("allow")
        if not self._trusted:
            return Decision("deny", "this workspace isn't trusted: only what is shown to you may be read")
        if self.mode == "ask":
            return Decision("deny", "in this mode nothing is changed or run: tell the user what to do")
        if self.mode == "auto" and request.kind == "edit" and not request.argv:
            return Decision("allow")
        answer = await self._door.ask(request)
        if answer == "cancelled":
            return Decision("cancelled")
        return Decision("deny" if answer == "no" else "allow")


class NoImages:
    """Pre-images of a conversation that can't undo."""

    def before(self, path: Path) -> None:
        return

    def after(self, path: Path, data: bytes) -> None:
        return
