"""User profiles with a small cache in front of the database."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """What other users see of a user."""

    user_id: int
    display_name: str
    email: str


class ProfileStore:
    """Reads and writes profiles; reads are served from memory after the first access.

    A read always returns what was written last through the same store.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cache: dict[int, Profile] = {}

    def get(self, user_id: int) -> Profile | None:
        """Return the profile of a user, or None if there is no such user."""
        cached = self._cache.get(user_id)
        if cached is not None:
            return cached
        row = self._connection.execute(
            "SELECT id, display_name, email FROM users WHERE id = ?", (user_id,)
        ).fetchone()
        if row is None:
            return None
        profile = Profile(*row)
        self._cache[user_id] = profile
        return profile

    def change_email(self, user_id: int, email: str) -> None:
        """Store a new e-mail address."""
        with self._connection:
            self._connection.execute("UPDATE users SET email = ? WHERE id = ?", (email, user_id))
        self._cache.pop(user_id, None)

    def rename(self, user_id: int, display_name: str) -> None:
        """Store a new display name."""
        with self._connection:
            self._connection.execute(
                "UPDATE users SET display_name = ? WHERE id = ?", (display_name, user_id)
            )
        self._cache.pop(user_id, None)

    def delete(self, user_id: int) -> None:
        """Remove a user."""
        with self._connection:
            self._connection.execute("DELETE FROM users WHERE id = ?", (user_id,))
        self._cache.pop(user_id, None)
