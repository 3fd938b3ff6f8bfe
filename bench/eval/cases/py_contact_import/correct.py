"""Import of contact lists that users export from their spreadsheet."""

import csv
from pathlib import Path


def read_contacts(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file as dictionaries with the keys `email` and `name`.

    The files always have these two columns. They are UTF-8, and spreadsheet programs put a
    byte-order mark in front. Rows without an e-mail address are left out.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {"email": row["email"].strip(), "name": (row["name"] or "").strip()}
            for row in csv.DictReader(file)
            if row["email"].strip()
        ]
