"""A TOML file of the user's or a team's: read whatever is wrong with it, and where a key stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# A settings file has a few dozen lines. A much larger file isn't one.
_MAX_FILE_BYTES = 1_000_000
_PART = re.compile(r""" "[^"]*" | '[^']*' | [^.\s]+ """, re.VERBOSE)


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """`source`: a path, `client` or `flags`. `key`: dotted; "" for the whole source. `line`: 0-based."""

    source: str
    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line + 1}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


def read_text(path: Path, problems: list[ConfigProblem]) -> str | None:
    """The text of a file; None for one that isn't there, or can't be read, which is told."""
    try:
        if not path.is_file():
            return None
        data = path.read_bytes()[: _MAX_FILE_BYTES + 1]
    except OSError as error:
        problems.append(ConfigProblem(str(path), "", f"can't read it: {error.strerror or error}"))
        return None
    if len(data) > _MAX_FILE_BYTES:
        problems.append(ConfigProblem(str(path), "", "it is over 1 MB: not a settings file"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(ConfigProblem(str(path), "", "it is not UTF-8: save it as UTF-8"))
        return None


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line of a key in a TOML text: of its `key =`, of a dotted key, or of its `[table]`. Best effort: None for
    forms that aren't understood (inline tables)."""
    table: list[str] = []
    best: int | None = None
    for number, line in enumerate(text.splitlines()):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
        if header:
            table = _key_parts(header[1])
            if tuple(table) == path[: len(table)]:
                best = number
            continue
        pair = re.match(r"\s*([\w.\"' -]+?)\s*=", line)
        if pair:
            written = (*table, *_key_parts(pair[1]))
            if written == path:
                return number
            if written == path[: len(written)]:
                best = number
    return best


def _key_parts(text: str) -> list[str]:
    """The keys of a dotted key; a quoted one may hold dots."""
    return [part.strip().strip("\"'") for part in _PART.findall(text)]
