"""The unit: a piece of a file that is reviewed by itself."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

UnitKind = Literal["function", "method", "class-head", "module", "window"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a file that is reviewed by itself.

    It is the file's lines `first_line`..`last_line` (0-based, exclusive); `text` are these lines joined by `\\n`,
    without a final line end. `head_lines` counts its lines up to the end of the signature and, in Python, of the
    docstring. A rewrite begins behind them, so that no token is spent on them. 0 if there is no such head, or nothing
    behind it.
    """

    kind: UnitKind
    name: str
    language: str
    first_line: int
    last_line: int
    text: str
    head_lines: int = 0

    @property
    def digest(self) -> str:
        """The cache key of the unit: a digest of what the model sees, without its place in the file."""
        key = "\0".join((self.language, self.kind, self.text))
        return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def head(self) -> str:
        """The head's lines, each with its line end."""
        return self.until(self.head_lines)

    def until(self, line: int) -> str:
        """The text before a line."""
        return "".join(text + "\n" for text in self.lines[:line])
