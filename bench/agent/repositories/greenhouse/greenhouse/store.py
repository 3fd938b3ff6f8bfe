"""Keeps readings in a file, a line each."""

import json
from pathlib import Path

from greenhouse import limits
from greenhouse.reading import Reading


class Store:
    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, reading: Reading) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([reading.bed, reading.kind, reading.value, reading.at]) + "\n")

    def tidy(self, now: float) -> int:
        """Drops what is too old; how many that were."""
        lines = self._path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if now - json.loads(line)[3] < 86400 * limits.KEEP_DAYS]
        self._path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        return len(lines) - len(kept)
