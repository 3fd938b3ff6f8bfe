"""Nights in a mountain hut."""

from collections.abc import Iterator
from datetime import date, timedelta


def nights(arrival: date, departure: date) -> Iterator[date]:
    """Yield the date of each night of a stay, named after the evening.

    The first one is the day of arrival; the day of departure is not included. Nothing is yielded
    if the departure is not after the arrival.
    """
    for offset in range((departure - arrival).days):
        yield arrival + timedelta(days=offset)


def price(arrival: date, departure: date, cents: int, weekend_cents: int) -> int:
    """Return what a stay costs in cents; the nights to Saturday and to Sunday have their own price."""
    return sum(weekend_cents if night.weekday() in (4, 5) else cents for night in nights(arrival, departure))
