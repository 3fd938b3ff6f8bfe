"""What was found out about each unit, as JSON lines that a later run goes on from."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference of a rewrite. `first` and `last`: its 1-based lines in the file. `reasons`: every check that it
    doesn't pass. `in_context`: the natural-log odds, None where there are none. `passes`: the file's tests, None
    without tests. Seconds: of the request for the odds, and of that for a sentence."""

    first: int
    last: int
    old: str
    new: str
    reasons: tuple[str, ...]
    in_context: float | None
    score_seconds: float
    sentence_seconds: float
    passes: bool | None


class UnitRecord(msgspec.Struct, frozen=True):
    """The rewrite of a unit of the file `name` ("case/faulty", "case/correct", "library/function"). `head`: with its
    head. `seconds`: until each difference, and from the last one to the end."""

    name: str
    language: str
    unit: str
    head: bool
    lines: int
    seconds: tuple[float, ...]
    differences: tuple[Difference, ...]
    unread: str = ""


def read(path: Path) -> list[UnitRecord]:
    """The records of earlier runs; [] without a file."""
    if not path.is_file():
        return []
    lines = path.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=UnitRecord) for line in lines if line.strip()]


def append(path: Path, records: list[UnitRecord]) -> None:
    """A file's records are written together, so that a run that is cut off never has a half of one."""
    with path.open("ab") as file:
        file.write(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
