"""Periods for the monthly statements."""

from datetime import date, timedelta


def previous_month(today: date) -> tuple[date, date]:
    """Return the first and the last day (both inclusive) of the month before the one of `today`."""
    first_of_this_month = today.replace(day=1)
    last = first_of_this_month - timedelta(days=1)
    return last.replace(day=1), last
