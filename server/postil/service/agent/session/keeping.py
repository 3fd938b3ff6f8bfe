"""What of a conversation outlasts it: what was said, and what was there before each write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from postil.core.agent.turns import Turn
from postil.service.agent.history.history import History
from postil.service.agent.history.remembering import Remembering
from postil.service.agent.safety.preimages import PreImages
from postil.service.agent.session.store import KeptSession


class Keeping:
    """Of one conversation of a workspace."""

    def __init__(self, folder: Path, id: str) -> None:
        self._history = History(folder)
        self.memory = Remembering(self._history, id)
        self.images = PreImages(folder, id)
        self.images.sweep()

    def begin(self) -> None:
        """A turn of the user's begins: what is written from now on is undone together."""
        self.images.turn = max((0, *self.images.turns())) + 1

    def undo(self) -> str:
        """Undo the latest turn that has written something. What came of it, for people."""
        turns = self.images.turns()
        if not turns:
            return "There is nothing to undo: no turn of this conversation has written a file."
        try:
            undone = self.images.undo(turns[-1])
        except (OSError, ValueError) as error:
            return f"Nothing was undone: {error}"
        if undone.refused:
            rows = "\n".join(f"- {path}: {why}" for path, why in undone.refused)
            return f"Nothing was undone, because of:\n{rows}"
        return "Undone, byte for byte:\n" + "\n".join(f"- {path}" for path in undone.restored)

    def news(self) -> list[str]:
        """Sentences for the user, each once."""
        found, self.memory.told[:] = list(self.memory.told), []
        return found

    def close(self) -> None:
        self._history.close()


class KeptSessions:
    """The `Sessions` of this user's state folder. A conversation keeps itself, turn by turn."""

    def save(self, id: str, folder: Path, turns: Sequence[Turn]) -> None:
        return

    def load(self, id: str, folder: Path) -> tuple[Turn, ...] | None:
        history = History(folder)
        try:
            return history.load(id)
        finally:
            history.close()

    def list(self, folder: Path | None) -> tuple[KeptSession, ...]:
        """None of all workspaces together: nothing of one is shown in another."""
        if folder is None:
            return ()
        history = History(folder)
        try:
            kept = history.list()
        finally:
            history.close()
        return tuple(KeptSession(one.id, folder, one.title, datetime.fromtimestamp(one.changed, UTC)) for one in kept)
