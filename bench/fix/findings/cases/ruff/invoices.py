"""Invoices: reading them, and what is still to be paid."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass
class Invoice:
    number: str
    total: float
    issued: date
    paid: bool = False


def read_invoices(path: str) -> list[Invoice]:
    """The invoices of a JSON file."""
    handle = open(path, encoding="utf-8")
    rows = json.load(handle)
    return [Invoice(row["number"], row["total"], date.fromisoformat(row["issued"])) for row in rows]


def overdue(invoices: list[Invoice], days: int = 30) -> list[Invoice]:
    """Those that nobody has paid within so many days."""
    limit = datetime.now().date() - timedelta(days=days)
    return [one for one in invoices if not one.paid and one.issued < limit]


def parse_total(text: str) -> float:
    """The sum in a text like `1,234.50 EUR`."""
    try:
        return float(text.split()[0].replace(",", ""))
    except (IndexError, ValueError):
        raise ValueError(f"no sum in {text!r}")


def reminders(invoices: list[Invoice]) -> list[str]:
    lines = []
    for one in overdue(invoices):
        lines.append(f"Invoice {one.number} of {one.issued} over {one.total:.2f} is due, sent {today()}")
    return lines
