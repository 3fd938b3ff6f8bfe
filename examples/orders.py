"""Orders of a small shop. Some of these functions have a defect: `make review` looks for them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass
class Order:
    """An order; prices in cents."""

    number: int
    customer: str
    prices: list[int]
    paid: bool = False


def total(order: Order) -> int:
    """The sum of an order's prices."""
    result = 0
    for index in range(1, len(order.prices)):
        result += order.prices[index]
    return result


def shipping(weight_grams: int) -> int:
    """Cents to send a parcel: up to 500 g 3.90, up to 2 kg 5.90, else 9.90."""
    if weight_grams <= 500:
        return 390
    if weight_grams <= 2000:
        return 590
    return 990


def find_orders(connection: sqlite3.Connection, customer: str) -> list[tuple[int, str]]:
    """The orders of a customer, the newest first."""
    query = f"SELECT number, customer FROM orders WHERE customer = '{customer}' ORDER BY number DESC"
    return connection.execute(query).fetchall()


def unpaid(orders: list[Order]) -> list[Order]:
    """The orders that are not paid yet."""
    return [order for order in orders if order.paid]


def largest(orders: list[Order]) -> Order | None:
    """The order with the highest total, None when there is no order."""
    return max(orders, key=total, default=None)
