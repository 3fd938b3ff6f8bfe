"""The tests of the sample: three of them fail. `make review` looks for fixes that make them pass."""

from __future__ import annotations

import sqlite3
import unittest

import orders
from orders import Order


class OrdersTest(unittest.TestCase):
    def test_total_is_the_sum_of_all_prices(self) -> None:
        self.assertEqual(orders.total(Order(1, "Ada", [100, 250, 50])), 400)
        self.assertEqual(orders.total(Order(2, "Ada", [])), 0)

    def test_shipping_goes_by_weight(self) -> None:
        self.assertEqual([orders.shipping(grams) for grams in (500, 501, 2000, 2001)], [390, 590, 590, 990])

    def test_find_orders_gives_those_of_a_customer(self) -> None:
        self.assertEqual(orders.find_orders(_shop(), "Ada"), [(3, "Ada"), (1, "Ada")])

    def test_find_orders_takes_any_name(self) -> None:
        self.assertEqual(orders.find_orders(_shop(), "O'Hara"), [(2, "O'Hara")])
        self.assertEqual(orders.find_orders(_shop(), "' OR '1'='1"), [])

    def test_unpaid_leaves_out_what_is_paid(self) -> None:
        paid, open_ = Order(1, "Ada", [100], paid=True), Order(2, "Ada", [200])
        self.assertEqual(orders.unpaid([paid, open_]), [open_])

    def test_largest_has_the_highest_total(self) -> None:
        small, large = Order(1, "Ada", [1, 100]), Order(2, "Ada", [1, 200])
        self.assertEqual(orders.largest([small, large]), large)
        self.assertIsNone(orders.largest([]))


def _shop() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (number INTEGER, customer TEXT)")
    rows = [(1, "Ada"), (2, "O'Hara"), (3, "Ada")]
    connection.executemany("INSERT INTO orders VALUES (?, ?)", rows)
    return connection
