"""What goes back to those who don't travel."""

from ferry.booking import Booking
from ferry.tariff import price_of

# Days before the sailing, at least, and the share that is paid back.
BANDS = ((7, 90), (3, 55), (1, 20))


def percent_back(days: int) -> int:
    for least, percent in BANDS:
        if days >= least:
            return percent
    return 0


def paid_back(booking: Booking, days: int) -> int:
    return booking.total() * percent_back(days) // 100


def missing_child_back(booking: Booking) -> int:
    """A child that stays at home is paid back whole."""
    return price_of(booking.island, "child")
