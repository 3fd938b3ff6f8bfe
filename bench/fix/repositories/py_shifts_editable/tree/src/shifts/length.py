"""How long a shift is."""

from shifts.clock import minutes_of

DAY = 24 * 60


def length(begin, end):
    """Minutes from `begin` to `end`, both as `HH:MM`. A shift may go on over midnight, and ends within a day."""
    first, last = minutes_of(begin), minutes_of(end)
    minutes = last - first
    return minutes if minutes > 0 else minutes + DAY


def paid(begin, end, pause=30):
    """Minutes that are paid: a shift of more than six hours has a pause."""
    whole = length(begin, end)
    return whole - pause if whole > 6 * 60 else whole
