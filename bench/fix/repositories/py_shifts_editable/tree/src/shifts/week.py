"""Weeks of shifts."""

from shifts.length import paid


def hours_of_week(shifts):
    """Paid hours of all shifts, which are pairs of times."""
    return sum(paid(begin, end) for begin, end in shifts) / 60
