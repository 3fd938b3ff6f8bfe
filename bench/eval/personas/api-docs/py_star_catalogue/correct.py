"""A catalogue of stars for an observatory."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Star:
    """A star as the catalogue lists it.

    Attributes:
        number: Its number in the catalogue, from 1.
        name: Its proper name; empty for most stars.
        magnitude: Its apparent magnitude, which is lower for brighter stars.
    """

    number: int
    name: str
    magnitude: float


class Catalogue:
    """Stars that can be found by number and by name; two stars never share a number or a proper name."""

    def __init__(self) -> None:
        """Make an empty catalogue."""
        self._by_number: dict[int, Star] = {}
        self._by_name: dict[str, Star] = {}

    def __len__(self) -> int:
        """Return how many stars there are."""
        return len(self._by_number)

    def add(self, star: Star) -> None:
        """Add a star.

        Raises ValueError if its number or its name (regardless of case) is taken, or its number is below 1.
        """
        name = star.name.casefold()
        if star.number < 1 or star.number in self._by_number or (name and name in self._by_name):
            raise ValueError(f"star {star.number} cannot be added")
        self._by_number[star.number] = star
        if name:
            self._by_name[name] = star

    def find(self, name: str) -> Star | None:
        """Return the star with a proper name, regardless of case, or None if there is none."""
        return self._by_name.get(name.casefold())

    def get(self, number: int) -> Star:
        """Return the star with a number.

        Raises KeyError if the catalogue has no such star.
        """
        return self._by_number[number]

    def brighter_than(self, magnitude: float) -> Iterator[Star]:
        """Yield the stars whose magnitude is below the given one, in the order in which they were added."""
        return (star for star in self._by_number.values() if star.magnitude < magnitude)
