"""Customer lookup for the support desk."""

import sqlite3

MAX_RESULTS = 50


def search_customers(connection: sqlite3.Connection, term: str) -> list[tuple[int, str]]:
    """Return id and name of up to MAX_RESULTS customers whose name contains the term typed by the user."""
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"
    cursor = connection.execute(
        "SELECT id, name FROM customers WHERE name LIKE ? ESCAPE '\\' ORDER BY name, id LIMIT ?",
        (pattern, MAX_RESULTS),
    )
    return cursor.fetchall()
