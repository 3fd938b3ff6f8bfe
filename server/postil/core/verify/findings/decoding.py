"""What the readers of tools' output share: a finding as it was told, and JSON among other lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as the tool tells it: `path` as written, lines from 1, the last one included."""

    rule: str
    message: str
    path: str
    line: int
    end_line: int = 0


def decoded(text: str, kind: type[T], begins: str) -> T | None:
    """A document that begins at the first line which begins so: wrappers of tools print lines before it."""
    at = 0 if text.startswith(begins) else text.find(f"\n{begins}") + 1
    if not text.startswith(begins, at):
        return None
    try:
        return msgspec.json.decode(text[at:].strip(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError, RecursionError):
        return None


def json_lines(text: str, kind: type[T]) -> Iterator[T]:
    decoder = msgspec.json.Decoder(kind)
    for line in text.split("\n"):
        if line.startswith("{"):
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError, RecursionError):
                continue
