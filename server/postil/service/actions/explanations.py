"""What actions have explained of pieces of code, for the hover."""

from __future__ import annotations

# Pages of text: of what is on the screen, and what was.
MOST_KEPT = 50


class Explanations:
    """By language and text of the code; the oldest goes first."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], str] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, language: str, code: str, text: str) -> None:
        self._kept.pop((language, code), None)
        self._kept[language, code] = text
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def of(self, language: str, code: str) -> str | None:
        return self._kept.get((language, code))
