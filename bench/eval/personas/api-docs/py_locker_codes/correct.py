"""The lockers of a public swimming pool."""

import secrets

# How many digits a code has.
CODE_LENGTH = 4


class LockerTakenError(Exception):
    """Somebody else is using the locker."""


class WrongCodeError(Exception):
    """The code does not open the locker."""


class Lockers:
    """Lockers with the numbers from 1 up, each of which is free or locked with a code."""

    def __init__(self, count: int) -> None:
        """Make as many lockers as given, all of them free."""
        self._codes: list[str | None] = [None] * count

    def lock(self, number: int) -> str:
        """Lock a free locker, and return the code that opens it, which has CODE_LENGTH digits.

        Raises:
            LockerTakenError: If the locker is locked already.
            ValueError: If there is no locker with this number.
        """
        if self._codes[self._index(number)] is not None:
            raise LockerTakenError(f"locker {number} is taken")
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_LENGTH))
        self._codes[self._index(number)] = code
        return code

    def unlock(self, number: int, code: str) -> None:
        """Open a locker, which is free from then on.

        Raises:
            WrongCodeError: If the code is another one, or the locker is free.
            ValueError: If there is no locker with this number.
        """
        if self._codes[self._index(number)] != code:
            raise WrongCodeError(f"this code does not open locker {number}")
        self._codes[self._index(number)] = None

    def free(self) -> list[int]:
        """Return the numbers of the free lockers in ascending order."""
        return [index + 1 for index, code in enumerate(self._codes) if code is None]

    def _index(self, number: int) -> int:
        if not 1 <= number <= len(self._codes):
            raise ValueError(f"there is no locker {number}")
        return number - 1
