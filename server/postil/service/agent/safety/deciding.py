"""Decides about calls: the rules, what was agreed to for ever, and the user."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from postil.core.agent.approval.rules import Mode, Standing, rule
from postil.core.agent.permission import PermissionRequest
from postil.service.agent.door import Door
from postil.service.agent.gate import Decision
from postil.service.agent.safety.approvals import approvals, approve


class UserGate:
    """The Gate of a conversation with a user. `mode` may be set at any time; `tell` gets sentences for the user."""

    def __init__(
        self, workspace: Path, door: Door, *, trusted: bool, mode: Mode = "edit", tell: Callable[[str], None]
    ) -> None:
        self.mode: Mode = mode
        self._workspace = Path(os.path.realpath(workspace))
        self._door = door
        self._trusted = trusted
        self._tell = tell
        self._told = ""

    async def decide(self, request: PermissionRequest) -> Decision:
        # Read each time: an answer that was revoked meanwhile holds no longer.
        kept = await asyncio.to_thread(approvals, self._workspace)
        if kept.broken and (words := kept.words()) != self._told:
            self._told = words
            self._tell(words)
        ruling = rule(request, Standing(str(self._workspace), self.mode, self._trusted, kept.rules))
        if ruling.verdict == "allow":
            return Decision("allow")
        if ruling.verdict == "deny":
            return Decision("deny", ruling.why)
        mode = self.mode
        answer = await self._door.ask(replace(request, lasting=ruling.keep is not None))
        if answer in ("no", "cancelled"):
            return Decision("deny" if answer == "no" else "cancelled")
        if mode != self.mode and self.mode == "ask":
            return Decision("deny", "the mode was changed meanwhile: only reading is allowed now")
        # "always" of a door that hasn't offered it counts once.
        if answer == "always" and ruling.keep is not None:
            try:
                await asyncio.to_thread(approve, self._workspace, ruling.keep)
            except (OSError, ValueError) as error:
                self._tell(f"your answer can't be kept, it holds this once: {error}")
        return Decision("allow", lasting=answer == "always")
