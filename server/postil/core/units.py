"""A file cut into units: functions, methods, heads of classes, module code; line windows elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

UnitKind = Literal["function", "method", "class-head", "module", "window"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a file that is reviewed by itself.

    `first_line`..`last_line` (0-based, exclusive) are the file's lines it covers, `text` these lines joined by
    `\\n` without a final line end. `head_lines` is how many of them come up to and with the line that ends the
    definition's signature (decorators, comments above, `def …:`), so that an assistant's turn can begin with
    them; 0 where there is none. `context` is code of the file that a reader of the unit would want (imports,
    the class's head, …), as text.
    """

    kind: UnitKind
    name: str
    language: str
    first_line: int
    last_line: int
    text: str
    head_lines: int = 0
    context: str = ""

    @property
    def digest(self) -> str:
        """Digest of what the model sees of the unit: a review is reused while it stays the same."""
        key = "\0".join((self.language, self.kind, self.text, self.context))
        return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
