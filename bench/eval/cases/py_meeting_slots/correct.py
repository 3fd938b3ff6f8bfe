"""Free time in the calendars of a team, for the assistant that proposes meetings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class Slot:
    """A span of time; the moment `end` no longer belongs to it."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a slot must end after its start, got {self.start} to {self.end}")

    @property
    def duration(self) -> timedelta:
        """How long the slot is."""
        return self.end - self.start

    def overlaps(self, other: Slot) -> bool:
        """Return whether the two slots have any moment in common."""
        return self.start < other.end and other.start < self.end


class Calendar:
    """The appointments of one person. They may overlap, or lie within one another."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._appointments: list[Slot] = []

    def book(self, slot: Slot) -> None:
        """Add an appointment, whether or not there is another one at that time."""
        self._appointments.append(slot)

    def cancel(self, slot: Slot) -> bool:
        """Remove one appointment; return False if there is none at exactly that time."""
        if slot not in self._appointments:
            return False
        self._appointments.remove(slot)
        return True

    def busy_during(self, window: Slot) -> list[Slot]:
        """Return the appointments that overlap the window, the earliest first."""
        return sorted(slot for slot in self._appointments if slot.overlaps(window))


def free_slots(window: Slot, busy: Iterable[Slot]) -> list[Slot]:
    """Return the parts of the window that no busy slot covers, the earliest first.

    The busy slots may come in any order, may overlap one another, and may reach beyond the window.
    """
    free: list[Slot] = []
    cursor = window.start
    for slot in sorted(busy):
        if slot.start >= window.end:
            break
        if slot.start > cursor:
            free.append(Slot(cursor, slot.start))
        cursor = max(cursor, slot.end)
    if cursor < window.end:
        free.append(Slot(cursor, window.end))
    return free


def common_slots(window: Slot, calendars: Sequence[Calendar], minimum: timedelta) -> list[Slot]:
    """Return the slots of at least the minimum duration in which all owners are free."""
    busy = [slot for calendar in calendars for slot in calendar.busy_during(window)]
    return [slot for slot in free_slots(window, busy) if slot.duration >= minimum]


def first_meeting(window: Slot, calendars: Sequence[Calendar], length: timedelta) -> Slot | None:
    """Return the earliest slot of the given length in which all owners are free, or None."""
    suitable = common_slots(window, calendars, length)
    if not suitable:
        return None
    start = suitable[0].start
    return Slot(start, start + length)
