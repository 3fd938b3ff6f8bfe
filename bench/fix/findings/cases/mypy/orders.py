"""Orders of a shop and what they cost."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Protocol


class Priced(Protocol):
    def price(self, code: str) -> Decimal: ...


class PriceList:
    def __init__(self, prices: dict[str, str]) -> None:
        self._prices = prices

    def price(self, code: str) -> str:
        return self._prices[code]


class Discount:
    """A share that is taken off, in percent."""

    def __init__(self, percent: Decimal | None = None) -> None:
        self.percent = percent

    def off(self, total: Decimal) -> Decimal:
        return total * (100 - self.percent) / 100


def total(order: Counter[str], prices: Priced) -> Decimal:
    return sum((prices.price(code) * count for code, count in order.items()), Decimal(0))


def quote(order: Counter[str]) -> Decimal:
    """What an order costs by the usual prices."""
    return total(order, PriceList({"tea": "3.20", "cup": "7.00"}))


def count_items(lines):
    """How often each code is in the lines."""
    return Counter(line.split()[0] for line in lines if line)


def rounded(amount: Decimal, step: str = "0.01") -> Decimal:
    return amount.quantize(Decimal(step), rounding="half up", places=2)
