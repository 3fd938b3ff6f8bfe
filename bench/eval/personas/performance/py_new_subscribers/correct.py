"""Comparison of a choir's mailing list with the list of its members."""

import csv
from pathlib import Path


def read_addresses(path: Path) -> list[str]:
    """Return the addresses in the first column of a CSV file, in lower case."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row[0].strip().lower() for row in csv.reader(file) if row]


def without_membership(subscribers: Path, members: Path) -> list[str]:
    """Return the subscribers who are no members, in the order of their file."""
    known = set(read_addresses(members))
    return [address for address in read_addresses(subscribers) if address not in known]
