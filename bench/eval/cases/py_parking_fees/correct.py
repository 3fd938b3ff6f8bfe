"""What a stay in the car park costs, and the list of the cars in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Tariff:
    """Prices in cents: per unit of time, of which a started one counts in full, and at most per 24 hours."""

    unit: timedelta
    unit_cents: int
    day_cents: int
    free: timedelta = timedelta(minutes=10)

    def fee_cents(self, entered: datetime, left: datetime) -> int:
        """Return the price of a stay; one that isn't longer than the free time costs nothing."""
        stay = left - entered
        if stay < timedelta(0):
            raise ValueError(f"left at {left}, before the entry at {entered}")
        if stay <= self.free:
            return 0
        days, rest = divmod(stay, DAY)
        return days * self.day_cents + min(self.started_units(rest) * self.unit_cents, self.day_cents)

    def started_units(self, duration: timedelta) -> int:
        """Return how many units of time the duration has begun: 61 minutes have begun 2 units of an hour."""
        return -(-duration // self.unit)


@dataclass(frozen=True)
class Receipt:
    """What the driver gets at the exit."""

    plate: str
    entered: datetime
    left: datetime
    cents: int

    def render(self) -> str:
        """Return the text of the receipt."""
        times = f"{self.entered:%Y-%m-%d %H:%M} to {self.left:%Y-%m-%d %H:%M}"
        return f"{self.plate}: {times}, {self.cents // 100}.{self.cents % 100:02}"


class CarPark:
    """The cars that are in the car park at the moment."""

    def __init__(self, places: int, tariff: Tariff) -> None:
        self._places = places
        self._tariff = tariff
        self._entered: dict[str, datetime] = {}

    @property
    def free_places(self) -> int:
        """How many cars still fit in."""
        return self._places - len(self._entered)

    def enter(self, plate: str, now: datetime) -> None:
        """Let a car in; raises ValueError if there is no place or the car is inside already."""
        if self.free_places <= 0:
            raise ValueError("the car park is full")
        if plate in self._entered:
            raise ValueError(f"{plate} is inside already")
        self._entered[plate] = now

    def leave(self, plate: str, now: datetime) -> Receipt:
        """Let a car out; raises KeyError if it isn't inside."""
        entered = self._entered[plate]
        receipt = Receipt(plate, entered, now, self._tariff.fee_cents(entered, now))
        del self._entered[plate]
        return receipt

    def long_stays(self, now: datetime, limit: timedelta) -> list[str]:
        """Return the plates of the cars that are inside for longer than the limit, the longest stay first."""
        inside = sorted(self._entered.items(), key=lambda item: item[1])
        return [plate for plate, entered in inside if now - entered > limit]


def revenue_cents(receipts: Iterable[Receipt]) -> int:
    """Return the sum of what was paid."""
    return sum(receipt.cents for receipt in receipts)
