"""The report as text."""

from report.group import best_product, by_month
from report.read import read


def report(text):
    """A line for each month, and the best product."""
    sales = read(text)
    lines = [f"{month} {cents / 100:10.2f}" for month, cents in by_month(sales).items()]
    return "\n".join([*lines, f"best: {best_product(sales)}"])
