"""A monthly summary of expense files."""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Expense:
    """One expense; the amount is in cents."""

    day: date
    category: str
    cents: int


def parse_row(row: dict[str, str]) -> Expense:
    """An expense from a row with the columns day, category and cents."""
    return Expense(date.fromisoformat(row["day"]), row["category"].strip().lower(), int(row["cents"]))


def read_expenses(path: Path) -> Iterable[Expense]:
    """All expenses in a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return [parse_row(row) for row in csv.DictReader(file)]


def of_month(expenses: Iterable[Expense], year: int, month: int) -> list[Expense]:
    """Those of one month."""
    return [item for item in expenses if (item.day.year, item.day.month) == (year, month)]


def by_category(expenses: Iterable[Expense]) -> Counter[str]:
    """The sum of cents for each category."""
    sums: Counter[str] = Counter()
    for item in expenses:
        sums[item.category] += item.cents
    return sums


def format_cents(cents: int) -> str:
    """An amount such as `12.05`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def report(path: Path, year: int, month: int) -> str:
    """A line for each category, the most expensive first, and the total at the end."""
    sums = by_category(of_month(read_expenses(path), year, month))
    lines = [f"{name:<16}{format_cents(cents):>10}" for name, cents in sums.most_common()]
    lines.append(f"{'total':<16}{format_cents(sum(sums.values())):>10}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """`summary FILE YEAR-MONTH` prints the report of that month."""
    if len(arguments) != 2:
        print("usage: summary FILE YEAR-MONTH", file=sys.stderr)
        return 2
    try:
        first_day = date.fromisoformat(f"{arguments[1]}-01")
    except ValueError:
        print(f"not a month: {arguments[1]}", file=sys.stderr)
        return 2
    print(report(Path(arguments[0]), first_day.year, first_day.month))
    return 0
