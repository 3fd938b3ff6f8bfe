"""Who works when. Times are minutes since midnight."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shift:
    person: str
    start: int
    end: int


class Clash(Exception):
    """Somebody would be at two places at once."""


def overlap(one, other):
    """Whether two shifts have a minute in common."""
    return one.start < other.end and other.start < one.end


def minutes(shifts, person):
    return sum(one.end - one.start for one in shifts if one.person == person)


class Rota:
    def __init__(self):
        self.shifts = []

    def add(self, shift):
        for other in self.shifts:
            if other.person == shift.person and overlap(other, shift):
                raise Clash(shift.person)
        self.shifts.append(shift)
