"""Nightly step that adds the customer and the region to each order, for the sales report."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TextIO

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Order:
    """A row of orders.csv."""

    id: int
    customer_id: int
    placed_on: date
    total_cents: int


@dataclass(frozen=True)
class Customer:
    """A row of customers.csv."""

    id: int
    name: str
    region_code: str


@dataclass(frozen=True)
class ReportRow:
    """An order as the report shows it."""

    order_id: int
    customer: str
    region: str
    placed_on: date
    total_cents: int


def read_orders(lines: Iterable[str]) -> Iterator[Order]:
    """Yield the orders of a CSV file; raises ValueError for a malformed number or date."""
    for row in csv.DictReader(lines):
        yield Order(
            id=int(row["id"]),
            customer_id=int(row["customer_id"]),
            placed_on=date.fromisoformat(row["placed_on"]),
            total_cents=int(row["total_cents"]),
        )


def read_customers(lines: Iterable[str]) -> dict[int, Customer]:
    """Return the customers of a CSV file by their id."""
    customers = (
        Customer(int(row["id"]), row["name"].strip(), row["region_code"].strip()) for row in csv.DictReader(lines)
    )
    return {customer.id: customer for customer in customers}


def read_regions(lines: Iterable[str]) -> dict[str, str]:
    """Return the names of the regions of a CSV file by their code."""
    return {row["code"].strip(): row["name"].strip() for row in csv.DictReader(lines)}


def enrich(
    orders: Iterable[Order], customers: Mapping[int, Customer], regions: Mapping[str, str]
) -> Iterator[ReportRow]:
    """Yield every order with the name and the region of the customer who placed it.

    Orders of customers who were deleted since are kept; their customer and region are unknown.
    """
    for order in orders:
        customer = customers.get(order.customer_id)
        yield ReportRow(
            order_id=order.id,
            customer=customer.name if customer else UNKNOWN,
            region=regions.get(customer.region_code, UNKNOWN) if customer else UNKNOWN,
            placed_on=order.placed_on,
            total_cents=order.total_cents,
        )


def totals_by_region(rows: Iterable[ReportRow]) -> dict[str, int]:
    """Return the turnover of each region in cents."""
    totals: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        totals[row.region] += row.total_cents
    return dict(totals)


def write_totals(totals: Mapping[str, int], out: TextIO) -> None:
    """Write the turnover as CSV, the largest first and equal ones by name."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["region", "total_cents"])
    writer.writerows(sorted(totals.items(), key=lambda item: (-item[1], item[0])))
