"""The latest explanations that actions have written, for the hover."""

from __future__ import annotations

# Each is a page of text. The hover needs only those of code that was on the screen recently.
MOST_KEPT = 50


class Explanations:
    """Explanations by language and text of the code. The oldest is dropped first."""

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
