"""Cut a list into pages and say which page links to show."""

from dataclasses import dataclass


@dataclass
class Page:
    """One page of a list. Pages are counted from 1."""

    items: list
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """Number of the last page; an empty list has one page."""
        return max(1, (self.total + self.size - 1) // self.size)

    @property
    def has_next(self) -> bool:
        return self.number < self.last

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    def describe(self) -> str:
        """For example "11-20 of 95"."""
        if not self.items:
            return "nothing found"
        first = (self.number - 1) * self.size + 1
        return f"{first}-{first + len(self.items) - 1} of {self.total}"


def paginate(items: list, number: int = 1, size: int = 10) -> Page:
    """The page with the given number; numbers out of range give the nearest page."""
    last = max(1, -(-len(items) // size))
    number = min(max(number, 1), last)
    start = (number - 1) * size
    return Page(items[start : start + size], number, size, len(items))


def links(page: Page, around: int = 2) -> list[int | None]:
    """Page numbers to show: first, last and those around the current one. None stands for a gap."""
    wanted = {1, page.last, *range(page.number - around, page.number + around + 1)}
    shown: list[int | None] = []
    previous = 0
    for number in sorted(n for n in wanted if 1 <= n <= page.last):
        if number > previous + 1:
            shown.append(None)
        shown.append(number)
        previous = number
    return shown
