"""Lookup of parcels for the counter of a depot."""

import sqlite3


def find_parcels(connection: sqlite3.Connection, depot_id: int, recipient: str) -> list[tuple[str, str]]:
    """Return tracking number and shelf of the parcels that wait for a recipient, the oldest first.

    `recipient` is what the customer said at the counter; any part of the full name matches.
    """
    escaped = recipient.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    cursor = connection.execute(
        "SELECT tracking_number, shelf FROM parcels"
        " WHERE depot_id = ? AND collected_at IS NULL AND recipient LIKE ? ESCAPE '!'"
        " ORDER BY arrived_at",
        (depot_id, f"%{escaped}%"),
    )
    return cursor.fetchall()
