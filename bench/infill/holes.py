"""The cases with their holes, and whether a filled one passes its tests."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from bench.infill import trial

CASES = Path(__file__).parent / "cases"
LANGUAGES = {".py": "python", ".js": "javascript"}

Kind = Literal["single", "span", "multi"]
Split = Literal["tune", "held-out"]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hole in the file of cases: 1-based line and column (code points) of the cursor, and what stood there."""

    kind: Kind
    line: int
    column: int
    text: str


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The holes of one source file."""

    split: Split
    holes: tuple[Row, ...]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All cases by the name of their file."""

    cases: dict[str, Case]


@dataclass(frozen=True, slots=True)
class Hole:
    """A source with a piece taken out: the text before and after the cursor, and what is wanted there."""

    file: str
    number: int
    split: Split
    kind: Kind
    before: str
    wanted: str
    after: str

    @property
    def language(self) -> str:
        return LANGUAGES[Path(self.file).suffix]

    @property
    def name(self) -> str:
        return f"{self.file}#{self.number}"


def holes(folder: Path = CASES) -> list[Hole]:
    """ValueError when a hole isn't where the table says."""
    table = msgspec.convert(tomllib.loads((folder / "holes.toml").read_text(encoding="utf-8")), Table)
    found = []
    for file, case in table.cases.items():
        text = (folder / file).read_text(encoding="utf-8")
        for number, row in enumerate(case.holes):
            at = sum(len(line) + 1 for line in text.split("\n")[: row.line - 1]) + row.column - 1
            before, wanted, after = text[:at], text[at : at + len(row.text)], text[at + len(row.text) :]
            if wanted != row.text:
                raise ValueError(f"{file}:{row.line}:{row.column} doesn't hold {row.text!r}")
            found.append(Hole(file, number, case.split, row.kind, before, wanted, after))
    return found


def runnable(hole: Hole) -> bool:
    return hole.language == "python" or shutil.which("node") is not None


def passes(hole: Hole, text: str, folder: Path = CASES, seconds: float = trial.SECONDS) -> bool:
    """Whether the tests pass with this text in place of the whole file. What a model wrote runs in a process of its
    own, in a folder that is thrown away, with limits of time and memory."""
    file = Path(hole.file)
    test = f"{file.stem}.test{file.suffix}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        (Path(made) / file.name).write_text(text, encoding="utf-8")
        shutil.copy(folder / test, made)
        return trial.passes(Path(made), test, seconds)
