"""Durations for people."""

MINUTE, HOUR, DAY = 60, 3600, 86400


def shown(seconds):
    """`45 s`, `2 min`, `3 h 05 min`, `2 d 4 h`."""
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE:02d} min"
    return f"{seconds // DAY} d {seconds % DAY // HOUR} h"


def read(text):
    """Seconds of what `shown` has written."""
    units = {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY}
    words = text.split()
    return sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2]))
