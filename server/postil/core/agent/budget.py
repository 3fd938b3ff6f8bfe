"""How many tokens each part of a request may have, and how many a text has, by what the engine has counted."""

from __future__ import annotations

from dataclasses import dataclass

# Shares of num_ctx. What is left is the history's.
ANSWER, RETRIEVED, RESULT, COMPACT_AT = 0.15, 0.25, 0.15, 0.70
# A compaction that saves less isn't worth what it costs: the prompt is read anew behind it.
MUST_SAVE = 0.40
# Characters a token of code and English, low: before the first count nothing may overflow.
_FIRST_RATIO = 2.6
# Below it a count isn't of this prompt: an engine that was asked to read a part, or has left one out.
_LEAST_RATIO, _MOST_RATIO = 1.0, 8.0
# A token is at most so many characters of a script without spaces.
_WIDE = 1.2


@dataclass(slots=True)
class Meter:
    """Estimates tokens from characters. `seen` is told each prompt that the engine has counted."""

    num_ctx: int
    ratio: float = _FIRST_RATIO
    counted: int = 0

    @property
    def answer(self) -> int:
        return int(self.num_ctx * ANSWER)

    @property
    def result_chars(self) -> int:
        """Characters that one result of a tool may have."""
        return int(self.num_ctx * RESULT * self.ratio)

    @property
    def retrieved_chars(self) -> int:
        return int(self.num_ctx * RETRIEVED * self.ratio)

    @property
    def most(self) -> int:
        """Tokens that a prompt may have."""
        return self.num_ctx - self.answer

    def tokens(self, text: str) -> int:
        """Estimated, rather too many than too few."""
        wide = sum(1 for char in text if ord(char) >= 0x2E80) if not text.isascii() else 0
        return int((len(text) - wide) / self.ratio + wide * _WIDE) + 1

    def seen(self, chars: int, prompt_tokens: int) -> bool:
        """Note what the engine has counted for a prompt of so many characters. False: it has read so little that a part
        must have been left out."""
        if prompt_tokens <= 0 or chars <= 0:
            return True
        ratio = chars / prompt_tokens
        if ratio > _MOST_RATIO:
            return False
        if ratio >= _LEAST_RATIO:
            # The dearest prompt so far decides: what comes next may be like it.
            self.ratio = min(ratio * 0.97, 4.0)
        self.counted = prompt_tokens
        return True


def cut(text: str, chars: int, more: str = "") -> str:
    """The text with so many characters at most: its beginning, whole lines where there are any, and `more`."""
    if len(text) <= chars:
        return text
    room = max(0, chars - len(more) - 1)
    head = text[:room]
    end = head.rfind("\n")
    head = head[: end + 1] if end > room // 2 else head
    return f"{head.rstrip()}\n{more}" if more else head
