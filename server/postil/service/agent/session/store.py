"""Where conversations are kept, so that they can be listed and gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from postil.core.agent.turns import Asked, Turn
from postil.core.text.plain import one_line

_TITLE = 80


@dataclass(frozen=True, slots=True)
class KeptSession:
    """`title`: how the user began. `at`: when it was kept last, in UTC."""

    id: str
    folder: Path
    title: str
    at: datetime


class Sessions(Protocol):
    """Nothing of one folder is given to another. All may read and write files, and raise OSError."""

    def save(self, id: str, folder: Path, turns: Sequence[Turn]) -> None: ...

    def load(self, id: str, folder: Path) -> tuple[Turn, ...] | None:
        """None: there is no such conversation of this folder."""
        ...

    def list(self, folder: Path | None) -> tuple[KeptSession, ...]:
        """Of one folder, or of all; the newest first."""
        ...


class MemorySessions:
    """Kept as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[KeptSession, tuple[Turn, ...]]] = {}

    def save(self, id: str, folder: Path, turns: Sequence[Turn]) -> None:
        if turns:
            self._kept.pop(id, None)
            self._kept[id] = KeptSession(id, folder, title_of(turns), datetime.now(UTC)), tuple(turns)

    def load(self, id: str, folder: Path) -> tuple[Turn, ...] | None:
        found = self._kept.get(id)
        return found[1] if found is not None and found[0].folder == folder else None

    def list(self, folder: Path | None) -> tuple[KeptSession, ...]:
        return tuple(kept for kept, _ in reversed(self._kept.values()) if folder in (None, kept.folder))


def title_of(turns: Sequence[Turn]) -> str:
    """How the user began, in one line."""
    first = next((turn.text for turn in turns if isinstance(turn, Asked)), "")
    line = one_line(first)
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"
