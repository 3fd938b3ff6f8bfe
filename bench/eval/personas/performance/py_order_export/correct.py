"""Export of the orders of a day for the accountants of a nursery garden."""

import csv
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TextIO

HEADER = ("order", "customer", "article", "pieces", "cents")


@dataclass(frozen=True)
class Position:
    """A line of an order."""

    article: str
    pieces: int
    cents: int


@dataclass(frozen=True)
class Order:
    """An order with all that was ordered."""

    order_id: int
    customer: str
    positions: list[Position]


def orders_of(connection: sqlite3.Connection, day: date) -> list[Order]:
    """Return the orders of a day by their numbers; there are up to some thousands."""
    orders = connection.execute(
        "SELECT order_id, customer FROM orders WHERE ordered_on = ? ORDER BY order_id", (day.isoformat(),)
    ).fetchall()
    positions: defaultdict[int, list[Position]] = defaultdict(list)
    rows = connection.execute(
        "SELECT order_id, article, pieces, cents FROM positions JOIN orders USING (order_id)"
        " WHERE ordered_on = ? ORDER BY position_id",
        (day.isoformat(),),
    )
    for order_id, article, pieces, cents in rows:
        positions[order_id].append(Position(article, pieces, cents))
    return [Order(order_id, customer, positions[order_id]) for order_id, customer in orders]


def write_orders(orders: list[Order], out: TextIO) -> int:
    """Write a row for each position, and return the number of rows."""
    writer = csv.writer(out)
    writer.writerow(HEADER)
    rows = 0
    for order in orders:
        for position in order.positions:
            writer.writerow((order.order_id, order.customer, position.article, position.pieces, position.cents))
            rows += 1
    return rows
