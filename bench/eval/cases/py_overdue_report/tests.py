import sqlite3
import tempfile
from datetime import date
from pathlib import Path

from subject import overdue_loans

closed = []


class Recording(sqlite3.Connection):
    def close(self):
        closed.append(True)
        super().close()


with tempfile.TemporaryDirectory() as name:
    path = Path(name) / "loans.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE loans (borrower, title, due, returned)")
    db.execute("INSERT INTO loans VALUES ('Ann', 'Dune', '2024-01-02', NULL)")
    db.execute("INSERT INTO loans VALUES ('Bob', 'Emma', '2024-01-09', NULL)")
    db.commit()
    db.close()
    original = sqlite3.connect
    sqlite3.connect = lambda database: original(database, factory=Recording)
    assert overdue_loans(path, date(2024, 1, 9)) == [("Ann", "Dune")]
    assert closed == [True]
