"""The options of `postil fix`, and its exit code for what isn't fixed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

EXIT_NOT_FIXED = 1
# Half of what a small model mends it mends at the second or third try; eight are what a person waits for.
SAMPLES, SECONDS = 8, 300.0


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
    samples: int = SAMPLES
    seconds: float = SECONDS
    apply: bool = False
    output: Path | None = None
    format: Format = Format.text
    model: str | None = None
    engine: str | None = None
    pull: bool = False
