"""Places in files, as programs name them in their output."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

# A longer line is data, not a message.
_LONGEST = 2000
# The places of one failure; a recursion without end names thousands.
MAX_PLACES = 200

_PYTHON = re.compile(r'File "([^"\n]+)", line (\d+)(?:, in ([^\s,]+))?')
# `src/a.py:12`, `/w/a.ts:3:7`, `a.ts(3,7)`, `file:///w/a.mjs:3:7`, `C:\w\a.go:3`: a name with an ending, and a number
# behind it. The look-behind lets a match begin only where a path begins, so that a long word is read once.
_NAMED = re.compile(
    r"(?<![\w./\\@+~%-])(?!//)((?:file://)?(?:[A-Za-z]:(?=[\\/]))?[\w./\\@+~%-]*[\w-]\.[A-Za-z]\w{0,5})"
    r"(?::(\d{1,7})(?!\d)|\((\d{1,7}),\d+\))"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line (0-based) of a file. `path` is as the program wrote it."""

    path: str
    line: int


def places_in(text: str) -> tuple[Place, ...]:
    """The places that a text names, each once, in its order."""
    found: dict[Place, None] = {}
    for place in _all(text):
        found[place] = None
        if len(found) >= MAX_PLACES:
            break
    return tuple(found)


def _all(text: str) -> Iterator[Place]:
    for line in text.split("\n"):
        if len(line) > _LONGEST:
            continue
        python = _PYTHON.search(line)
        if python:
            yield Place(python[1], max(0, int(python[2]) - 1))
            continue
        for match in _NAMED.finditer(line):
            yield Place(match[1], max(0, int(match[2] or match[3]) - 1))


def innermost_first(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places with the innermost call first: Python's tracebacks end with it, other stacks begin with it."""
    if any(place.path.endswith((".py", ".pyi")) for place in places):
        return tuple(reversed(places))
    return places


def inside(path: str, root: str, folder: str) -> str | None:
    """The path relative to `root` with `/`; None when it is elsewhere. A relative one counts from `folder`, which is
    relative to `root`. All are texts: links aren't followed."""
    if path.startswith("file://"):
        path = unquote(path.removeprefix("file://"))
    path, root = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/")
    absolute = path.startswith("/") or path[1:3] == ":/"
    whole = posixpath.normpath(path if absolute else f"{root}/{folder}/{path}")
    return whole.removeprefix(root + "/") if whole.startswith(root + "/") else None
