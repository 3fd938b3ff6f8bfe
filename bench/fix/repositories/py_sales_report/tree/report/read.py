"""Reads sales."""

import csv
import io
from dataclasses import dataclass


@dataclass(frozen=True)
class Sale:
    """`day` as `YYYY-MM-DD`."""

    day: str
    product: str
    cents: int


def read(text):
    """The sales of a CSV text with the columns day, product and amount (`12.50`)."""
    return [
        Sale(row["day"], row["product"].strip(), round(float(row["amount"]) * 100))
        for row in csv.DictReader(io.StringIO(text))
    ]
