"""Billing periods of subscriptions, which are paid in advance every so many months."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count


def add_months(day: date, months: int) -> date:
    """Return the day so many months later.

    A month that is too short for it gives its own last day: January 31 and one month make February 28,
    or 29 in a leap year.
    """
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    last_day = calendar.monthrange(year, month)[1]
    return date(year, month, min(day.day, last_day))


@dataclass(frozen=True)
class Period:
    """The days for which one payment is due; `end` is the first day of the next period."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """The length of the period."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Subscription:
    """What a customer has subscribed to, from when on, and for how long at a time."""

    customer: str
    started_on: date
    interval_months: int
    price_cents: int
    cancelled_on: date | None = None

    def __post_init__(self) -> None:
        if self.interval_months < 1:
            raise ValueError(f"{self.customer}: the interval must be at least a month")

    def periods(self) -> Iterator[Period]:
        """Yield the periods without end, or up to the one in which the subscription was cancelled.

        They are all counted from the first day, so that a short month doesn't move the later ones.
        """
        for number in count():
            start = add_months(self.started_on, number * self.interval_months)
            if self.cancelled_on is not None and start > self.cancelled_on:
                return
            yield Period(start, add_months(self.started_on, (number + 1) * self.interval_months))

    def period_on(self, day: date) -> Period | None:
        """Return the period that a day belongs to, or None if nothing is paid for it."""
        if day < self.started_on:
            return None
        return next((period for period in self.periods() if day < period.end), None)

    def refund_cents(self, day: date) -> int:
        """Return what is paid back if the service ends before the given day, rounded down to a cent."""
        period = self.period_on(day)
        if period is None:
            return 0
        return self.price_cents * (period.end - day).days // period.days


def due_on(subscriptions: Iterable[Subscription], day: date) -> dict[str, int]:
    """Return the amount in cents that each customer has to pay on a day."""
    due: dict[str, int] = {}
    for subscription in subscriptions:
        period = subscription.period_on(day)
        if period is not None and period.start == day:
            due[subscription.customer] = due.get(subscription.customer, 0) + subscription.price_cents
    return due
