"""The only interface by which a conversation calls its door (ACP, the terminal)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from postil.core.agent.permission import Answer, PermissionRequest


class Door(Protocol):
    """What a conversation needs of whoever shows it. None of these raise for a door that has gone: `ask` answers
    "cancelled" then."""

    async def ask(self, request: PermissionRequest) -> Answer:
        """Ask the user. It may take as long as they take."""
        ...

    async def text_of(self, path: Path) -> str | None:
        """The text of a file as the editor has it, unsaved changes included; None = read the disk."""
        ...

    async def write(self, path: Path, text: str) -> bool:
        """Write a file by way of the editor; False = it must be written to the disk."""
        ...
