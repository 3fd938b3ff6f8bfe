"""The options of `postil fix`, and its exit code for what isn't fixed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

EXIT_NOT_FIXED = 1


class Format(StrEnum):
    """How the result is written."""

    text = "text"
    json = "json"
    sarif = "sarif"


@dataclass(frozen=True, slots=True)
class FixOptions:
    """The command's options."""

    check: str | None = None
    tool: str | None = None
    sarif: Path | None = None
    paths: tuple[Path, ...] = ()
    diff: str | None = None
    samples: int | None = None
    seconds: float | None = None
    apply: bool = False
    output: Path | None = None
    format: Format = Format.text
    model: str | None = None
    engine: str | None = None
    pull: bool = False
