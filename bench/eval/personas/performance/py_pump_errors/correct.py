"""Evaluation of the logs of a waterworks, which grow to several gigabytes."""

from collections import Counter
from pathlib import Path


def errors_per_pump(log: Path) -> Counter[str]:
    """Count the errors of each pump.

    A line has the time, the level, the name of the pump and a message, separated by tabs.
    """
    errors: Counter[str] = Counter()
    with log.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t", 3)
            if len(fields) == 4 and fields[1] == "ERROR":
                errors[fields[2]] += 1
    return errors
