"""When invoices are due."""

from calendar import monthrange
from datetime import date


def days_of(year, month):
    return monthrange(year, month)[1]


def due(day, months=1):
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, day.day)


def overdue(invoices, today):
    """The numbers of those whose day has passed."""
    return [number for number, day in invoices if due(day) < today]
