"""Times of day."""


def minutes_of(clock):
    """`07:30` as minutes after midnight. Raises ValueError for what is no time."""
    hours, _, minutes = clock.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"{clock!r} is no time of day")
    return int(hours) * 60 + int(minutes)
