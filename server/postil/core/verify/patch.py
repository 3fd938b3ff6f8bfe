"""A patch: one unit's new text as a unified difference, and as the whole file's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import unified_diff

from postil.core.syntax.units import Unit

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class Patch:
    """`path` is relative to the workspace; `text` takes the place of `unit`."""

    path: str
    unit: Unit
    text: str

    def applied(self, file: str, newline: str) -> str:
        """The file's text, whose other lines keep the ends that they have."""
        lines = _LINE.findall(file)
        old = lines[self.unit.first_line : self.unit.last_line]
        ended = bool(old) and old[-1].endswith(("\n", "\r"))
        new = newline.join(self.text.split("\n")) + (newline if ended else "")
        return "".join((*lines[: self.unit.first_line], new, *lines[self.unit.last_line :]))


def difference(path: str, old: str, new: str) -> str:
    """A unified difference that `git apply` and `patch -p1` take, "" for equal texts."""
    before, after = (_LINE.findall(text) for text in (old, new))
    out: list[str] = []
    for line in unified_diff(before, after, f"a/{path}", f"b/{path}"):
        out.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(out)
