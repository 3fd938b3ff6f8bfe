"""Small helpers for calendar dates."""

import calendar
from datetime import date, timedelta


def days_in_month(day: date) -> int:
    """How many days the month of `day` has."""
    return calendar.monthrange(day.year, day.month)[1]


def add_months(day: date, months: int) -> date:
    """The same day some months later; the month's last day when it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=min(day.day, days_in_month(first)))


def next_weekday(day: date, weekday: int) -> date:
    """The first day after `day` that falls on `weekday` (Monday is 0)."""
    ahead = (weekday - day.weekday() - 1) % 7 + 1
    return day + timedelta(days=ahead)


def working_days(start: date, end: date) -> int:
    """Count the days from Monday to Friday between `start` and `end`, both included."""
    count = 0
    current = start
    while current <= end:
        if current.weekday() < 5:
            count += 1
        current += timedelta(days=1)
    return count
