"""The nightly report of overdue loans."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path


def overdue_loans(database: Path, today: date) -> list[tuple[str, str]]:
    """Return borrower and title of the loans due before today, the oldest first.

    The connection is closed in every case, as the file is moved by the backup afterwards.
    """
    with closing(sqlite3.connect(database)) as connection:
        cursor = connection.execute(
            "SELECT borrower, title FROM loans WHERE due < ? AND returned IS NULL ORDER BY due, borrower",
            (today.isoformat(),),
        )
        return cursor.fetchall()
